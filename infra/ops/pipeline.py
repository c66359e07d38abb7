"""What happens in a deployed stack, as its services show it: queue, ledger, job runs, results, logs."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib import settings
from chalicelib.aws.job_ledger import DynamoJobLedger
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.aws.manifests import S3Manifests
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.records import Batch, LedgerPhoto, ScheduledJob
from chalicelib.domain.states import BatchState
from chalicelib.services.photos import find_photo, results_of
from chalicelib.settings import StackSettings
from chalicelib.wiring import random_hex
from contracts.errors import GiveUp, RetryLater
from contracts.jobs import places, report
from contracts.jobs.names import SCHEDULED, Kind, RunName, read
from contracts.photos import results
from contracts.photos.manifest import photo_id
from contracts.photos.results import Result
from infra.ops.polling import poll
from infra.ops.registered import photo_ids
from infra.ops.report import report_of
from infra.ops.run_logs import RunLogs
from infra.ops.stack import Stack
from infra.ops.stack_state import RunTimes, StackState
from infra.ops.target import Target


class Pipeline:
    """One deployed stack, to look at and to steer."""

    def __init__(self, target: Target, stack: Stack) -> None:
        self.target, self.stack = target, stack
        self.s3, self._sqs, self.emr = map(target.client, ("s3", "sqs", "emr-serverless"))
        self._logs, self._lambda = map(target.client, ("logs", "lambda"))
        self.run_logs = RunLogs(self.s3, self._logs, stack)
        dynamodb = target.client("dynamodb")
        self._ledger = DynamoLedger(dynamodb, stack.ledger_table, timedelta(days=90), random_hex)
        self._manifests = S3Manifests(self.s3, stack.lake_bucket)
        self._read: dict[str, Mapping[str, Result] | None] = {}
        self._jobs = DynamoJobLedger(dynamodb, stack.ledger_table)

    @property
    def pause(self) -> float:
        """Seconds between two looks at the state: each reads all batches, and AWS bills what is read."""
        return 15.0 if self.target.is_aws else 2.0

    def state(self) -> StackState:
        """Return the present state."""
        queued, dead = self.messages()
        jobs = [job for kind in sorted(SCHEDULED) if (job := self.job(kind)) is not None]
        return StackState(queued, dead, self._ledger.counts(), self._ledger.batches(), jobs)

    def job(self, kind: Kind) -> ScheduledJob | None:
        """Return a scheduled job as the ledger has it; None before its first run."""
        return self._jobs.job(kind)

    def wait(
        self,
        settled: int,
        show: Callable[[StackState], None],
        *,
        jobs: bool = False,
        within: float = 3600.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> StackState:
        """Watch until `settled` photos are at their end and no batch is open; `show` is called with each look.

        `jobs`: wait until no refit and no maintenance is at work, too.

        Raises:
            RetryLater: `within` seconds were not enough; the message says what stands where.
        """
        for state in poll(self.state, within=within, every=self.pause, sleep=sleep):
            show(state)
            if state.settled >= settled and not state.open_batches and not (jobs and state.jobs_at_work):
                return state
        raise RetryLater(f"after {within:.0f} s {state.settled} of {settled} photos are settled: {state}")

    def submit(self) -> None:
        """Make a batch of whatever waits, now: no photo waits for others."""
        self.invoke(self.stack.submit_function, {"now": True})

    def photo(self, bucket: str, key: str, version_id: str) -> LedgerPhoto | None:
        """Return an uploaded photo as it is now; None until its event has arrived."""
        return self.photo_of(photo_id(bucket, key, version_id))

    def photo_of(self, photo_id: str) -> LedgerPhoto | None:
        """Return a photo by its id, as the ledger has it."""
        return find_photo(self._ledger, self._results_of, photo_id)

    def photo_ids(self) -> Iterator[str]:
        """Yield the id of each photo that the ledger knows. Reads the whole ledger."""
        return photo_ids(self.target.client("dynamodb"), self.stack.ledger_table)

    def batches(self) -> Sequence[Batch]:
        """Return all batches, the oldest first."""
        return self._ledger.batches()

    def batch(self, batch_id: str) -> Batch:
        """Return one batch, as it is now. Raises GiveUp where there is none of that name."""
        found = self._ledger.batch(batch_id)
        if found is None:
            raise GiveUp(f"the ledger knows no batch {batch_id}: `fruits batches` lists them")
        return found

    def redrive(self, batch_id: str | None = None) -> Mapping[str, int]:
        """Send a batch in quarantine, or all of them, on its way again; return the counts of the function.

        Raises:
            GiveUp: the batch does not exist, or is not in quarantine.
        """
        counts: Mapping[str, int] = self.invoke(self.stack.submit_function, {"redrive": batch_id or "all"})
        return counts

    def settings(self) -> StackSettings:
        """Return the settings of the stack's functions."""
        return settings.read(self.submit_environment())

    def submit_environment(self) -> dict[str, str]:
        """Return the environment of `submit`, which names all settings of the stack."""
        found = self._lambda.get_function_configuration(FunctionName=self.stack.submit_function)
        return {**found["Environment"]["Variables"], "AWS_REGION": self._lambda.meta.region_name}

    def breaker(self) -> Breaker:
        """Return the breaker as `submit` sees it."""
        return self._ledger.breaker()

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Any:
        """Invoke a function and return its answer, parsed.

        Raises:
            GiveUp: the function refused; the message is its own.
            RetryLater: it failed in any other way, and may succeed later.
        """
        asked = {"FunctionName": function, "InvocationType": "RequestResponse", "Payload": json.dumps(payload).encode()}
        answer = self._lambda.invoke(**asked)
        parsed = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" not in answer:
            return parsed
        family = GiveUp if parsed.get("errorType") == GiveUp.__name__ else RetryLater
        raise family(f"{function} failed: {parsed.get('errorMessage', parsed)}")

    def runs(self, kind: Kind | None = None, state: str | None = None, last: int = 0) -> list[RunTimes]:
        """Return all job runs, or those of one kind or state, oldest first; `last`: the latest so many, 0 for all.

        The service is asked for a list, and once for each run that is returned: the list has no bills.
        """
        asked = {"applicationId": self.stack.application_id} | ({"states": [state]} if state else {})
        pages = self.emr.get_paginator("list_job_runs").paginate(**asked)
        listed = [run for page in pages for run in page["jobRuns"] if kind in (None, name_of(run).kind)]
        chosen = sorted(listed, key=lambda run: run["createdAt"])[-last:]
        return [self.run(run["id"]) for run in chosen]

    def run(self, run_id: str) -> RunTimes:
        """Return one job run as it is now. Raises GiveUp where the service knows of none."""
        try:
            found = self.emr.get_job_run(applicationId=self.stack.application_id, jobRunId=run_id)["jobRun"]
        except (self.emr.exceptions.ResourceNotFoundException, self.emr.exceptions.ValidationException) as error:
            raise GiveUp(f"the application has no run {run_id}: `fruits runs` lists them") from error
        name = name_of(found)
        return RunTimes(
            run_id=run_id,
            kind=name.kind,
            subject=name.subject,
            state=found["state"],
            created_at=found["createdAt"],
            started_at=found.get("startedAt"),
            ended_at=found.get("endedAt"),
            seconds=found.get("totalExecutionDurationSeconds"),
            billed=found.get("billedResourceUtilization", {}),
            attempt=name.attempt,
            details=str(found.get("stateDetails", "")),
        )

    def latest_runs(self) -> list[str]:
        """Return the ids of some runs, as the service lists them first."""
        found = self.emr.list_job_runs(applicationId=self.stack.application_id, maxResults=20)["jobRuns"]
        return [run["id"] for run in sorted(found, key=lambda run: run["createdAt"], reverse=True)]

    def report(self, run_id: str) -> dict[str, Any]:
        """Return the closing report of a run; an empty one where it has written none.

        It lies in S3 before the run has ended. What the run printed may come a minute later.
        """
        name = self.emr.get_job_run(applicationId=self.stack.application_id, jobRunId=run_id)["jobRun"]["name"]
        asked = {"Bucket": self.stack.lake_bucket, "Key": f"{places.RESULTS}/{report.key(name)}"}
        try:
            written = self.s3.get_object(**asked)["Body"].read().decode()
        except self.s3.exceptions.NoSuchKey:
            written = self.log(run_id, "stdout") or ""
        return report_of(written)

    def log(self, run_id: str, stream: str) -> str | None:
        """Return a run's `stdout` or `stderr`, or what there is of it so far; None where there is nothing yet."""
        return self.run_logs.stored(run_id, stream) or self.run_logs.live(run_id, stream)

    def committed_at(self, batch: Batch) -> datetime | None:
        """Return when a batch's rows were committed, or None: its results are written right after the commit."""
        if batch.state is not BatchState.DONE:
            return None
        key = f"{places.RESULTS}/{results.key(batch.batch_id)}"
        found: datetime = self.s3.head_object(Bucket=self.stack.lake_bucket, Key=key)["LastModified"]
        return found

    def results(self, batch: Batch) -> list[Result]:
        """Return the result of each photo of a batch, as its run wrote them."""
        key = f"{places.RESULTS}/{results.key(batch.batch_id)}"
        return list(results.decode(self.s3.get_object(Bucket=self.stack.lake_bucket, Key=key)["Body"].read()))

    def counts_of_collect(self) -> Counter[str]:
        """Return the counts in the log of `collect`: how many upload records of each outcome there were."""
        found: Counter[str] = Counter()
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.stack.function_log_group("collect")
        )
        for event in (event for page in pages for event in page["events"]):
            line = event["message"].strip()
            if line.startswith("{") and '"message":"collect"' in line.replace(": ", ":"):
                found.update(json.loads(line)["counts"])
        return found

    def _results_of(self, batch_id: str) -> Mapping[str, Result] | None:
        """Return a batch's results by photo. A batch that is DONE keeps them, so they are read once."""
        if batch_id not in self._read:
            self._read = {batch_id: results_of(self._manifests, batch_id)}
        return self._read[batch_id]

    def messages(self) -> tuple[int, int]:
        """Return about how many messages the queue of uploads holds, and the dead-letter queue."""
        return self._messages(self.stack.uploads_queue), self._messages(self.stack.dead_letter_queue)

    def _messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


def name_of(run: Mapping[str, Any]) -> RunName:
    """Return what a run of the service works on, by its name; a name that is not ours is taken for a batch."""
    name = str(run.get("name", ""))
    return read(name) or RunName(Kind.EXTRACT, name, 1)
