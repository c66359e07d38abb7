"""Which runs an application starts next: first come, first served. Pure.

Source: EMR Serverless User Guide, "Job concurrency and queuing" and "Troubleshooting" (maximumCapacity). Where the
application queues, a run waits until there is room for its driver and one executor, and then takes as many more of its
executors as fit; nobody overtakes. Where it does not queue (before 7.0), a run without room fails.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .workers import Workers, WorkerSize

NO_ROOM = "Job failed as application has exceeded maximumCapacity settings."
QUEUED_TOO_LONG = "The job run waited in the queue longer than queueTimeoutMinutes."


@dataclass(frozen=True, slots=True)
class Resources:
    """vCPU, GB of memory and GB of disk of all workers together. `disk_gb` None: no limit."""

    cpu: int
    memory_gb: int
    disk_gb: int | None = None


@dataclass(frozen=True, slots=True)
class SchedulingLimits:
    """`max_concurrent_runs` None: the application does not queue. `capacity` None: no limit."""

    max_concurrent_runs: int | None
    capacity: Resources | None
    queue_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits; `queued_at` (seconds since 1970) is None while it is only submitted."""

    run_id: str
    workers: Workers
    queued_at: float | None


@dataclass(frozen=True, slots=True)
class Admit:
    """Let the run start with this many executors."""

    run_id: str
    executors: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Let the run wait."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Fail the run without an attempt."""

    run_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Cancel the run: it has waited too long."""

    run_id: str
    reason: str


Decision = Admit | Queue | Refuse | Expire


def decide(
    limits: SchedulingLimits, occupied: Sequence[Workers], waiting: Sequence[Waiting], now: float
) -> list[Decision]:
    """Return the decisions on the waiting runs, oldest first. `now` in seconds since 1970."""
    return list(_decide(limits, occupied, waiting, now))


def deadlines(limits: SchedulingLimits, waiting: Iterable[Waiting]) -> list[float]:
    """Return when the queued runs expire, in seconds since 1970."""
    return [run.queued_at + limits.queue_timeout_seconds for run in waiting if run.queued_at is not None]


def _decide(
    limits: SchedulingLimits, occupied: Sequence[Workers], waiting: Sequence[Waiting], now: float
) -> Iterator[Decision]:
    running, blocked = list(occupied), False
    for run in waiting:
        if run.queued_at is not None and now >= run.queued_at + limits.queue_timeout_seconds:
            yield Expire(run.run_id, QUEUED_TOO_LONG)
            continue
        executors = _fitting(limits.capacity, running, run.workers)
        alone = _fitting(limits.capacity, (), run.workers)
        if alone is None or (executors is None and limits.max_concurrent_runs is None):
            yield Refuse(run.run_id, NO_ROOM)
            continue
        full = limits.max_concurrent_runs is not None and len(running) >= limits.max_concurrent_runs
        if blocked or full or executors is None:
            blocked = True
            if run.queued_at is None:
                yield Queue(run.run_id)
            continue
        running.append(Workers(run.workers.driver, run.workers.executor, executors))
        yield Admit(run.run_id, executors)


def _fitting(capacity: Resources | None, running: Iterable[Workers], asked: Workers) -> int | None:
    """Return how many of the requested executors fit beside the running workers; None where the least does not fit."""
    if capacity is None:
        return asked.executors
    taken = [size for workers in running for size in workers.sizes()]
    fitting = None
    for executors in range(min(1, asked.executors), asked.executors + 1):
        if not _fits(capacity, [*taken, asked.driver, *[asked.executor] * executors]):
            break
        fitting = executors
    return fitting


def _fits(capacity: Resources, workers: Sequence[WorkerSize]) -> bool:
    return (
        sum(worker.cpu for worker in workers) <= capacity.cpu
        and sum(worker.memory_gb for worker in workers) <= capacity.memory_gb
        and (capacity.disk_gb is None or sum(worker.disk_gb for worker in workers) <= capacity.disk_gb)
    )
