"""The metrics that AWS's services send each minute, as their guides list them; what the stack uses of them.

SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"; EMR Serverless User Guide, "Monitoring EMR
Serverless applications and jobs": from release 7.10 on each has the dimensions ApplicationId and ApplicationName.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SQS, EMR, LAMBDA = "AWS/SQS", "AWS/EMRServerless", "AWS/Lambda"

JOB_STATES: Mapping[str, str] = {
    "SUBMITTED": "SubmittedJobs",
    "PENDING": "PendingJobs",
    "SCHEDULED": "ScheduledJobs",
    "RUNNING": "RunningJobs",
    "SUCCESS": "SuccessJobs",
    "FAILED": "FailedJobs",
    "CANCELLING": "CancellingJobs",
    "CANCELLED": "CancelledJobs",
}
"""A run's state, and the metric that counts the runs in it. There is none for QUEUED."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a metric."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    value: float


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker at work: `Spark_Driver` or `Spark_Executor`, its vCPU and GB of memory."""

    kind: str
    cpu: float
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Spark:
    """An application at one moment: the states of its runs, its workers, and how much it may have (None: no limit)."""

    application_id: str
    name: str
    states: Sequence[str]
    workers: Sequence[Worker]
    max_cpu: float | None
    max_memory_gb: float | None


def of_queue(name: str, sent_at: Sequence[float], now: float) -> Iterator[Measured]:
    """Yield the metrics of a queue. `sent_at`: when each message that is visible was sent."""
    age = max((now - at for at in sent_at), default=0.0)
    dimensions = {"QueueName": name}
    yield Measured(SQS, "ApproximateNumberOfMessagesVisible", dimensions, "Count", len(sent_at))
    yield Measured(SQS, "ApproximateAgeOfOldestMessage", dimensions, "Seconds", age)


def of_spark(application: Spark) -> Iterator[Measured]:
    """Yield the metrics of an application."""
    named = {"ApplicationId": application.application_id, "ApplicationName": application.name}
    states = Counter(application.states)
    for state, metric in JOB_STATES.items():
        yield Measured(EMR, metric, named, "Count", states[state])
    if application.max_cpu is not None:
        yield Measured(EMR, "MaxCPUAllowed", named, "None", application.max_cpu)
    if application.max_memory_gb is not None:
        yield Measured(EMR, "MaxMemoryAllowed", named, "Gigabytes", application.max_memory_gb)
    for kind in ("Spark_Driver", "Spark_Executor"):
        some = [worker for worker in application.workers if worker.kind == kind]
        dimensions = {**named, "WorkerType": kind, "CapacityAllocationType": "OnDemandCapacity"}
        yield Measured(EMR, "CPUAllocated", dimensions, "None", sum(one.cpu for one in some))
        yield Measured(EMR, "MemoryAllocated", dimensions, "Gigabytes", sum(one.memory_gb for one in some))
        yield Measured(EMR, "RunningWorkerCount", dimensions, "None", len(some))


def of_invocation(function: str, seconds: float, *, failed: bool) -> Iterator[Measured]:
    """Yield the metrics of one invocation of a function. A success is an error count of 0, as AWS sends it."""
    dimensions = {"FunctionName": function}
    yield Measured(LAMBDA, "Invocations", dimensions, "Count", 1)
    yield Measured(LAMBDA, "Errors", dimensions, "Count", float(failed))
    yield Measured(LAMBDA, "Duration", dimensions, "Milliseconds", seconds * 1000)
