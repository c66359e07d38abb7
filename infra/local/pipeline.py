"""What happens in a deployed stack, read from its services alone: queue, ledger, job runs, results, logs."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws_ledger import DynamoLedger
from chalicelib.records import Batch
from chalicelib.states import OPEN, BatchState
from infra.contracts import results
from infra.local import buckets
from infra.local.cloud import LocalCloud
from infra.local.stack import Stack
from infra.local.submit import report_of
from spark_app.errors import RetryLater

ENDED = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
COLLECT_LOG = "/aws/lambda/fruits-dev-collect"


@dataclass(frozen=True, slots=True)
class State:
    """The pipeline at one moment. `photos` counts by ledger state, rejected ones by code too."""

    queued: int
    dead: int
    photos: Mapping[str, int]
    batches: Sequence[Batch]

    @property
    def registered(self) -> int:
        """Photos that the ledger knows."""
        return sum(number for name, number in self.photos.items() if " " not in name)

    @property
    def settled(self) -> int:
        """Photos that are at their end."""
        return sum(self.photos.get(state, 0) for state in ("DONE", "REJECTED", "QUARANTINED"))

    @property
    def open_batches(self) -> list[Batch]:
        """Batches that are not at their end."""
        return [batch for batch in self.batches if batch.state in OPEN]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """One job run: when it was asked for, when it began to work and when it ended."""

    run_id: str
    batch_id: str
    state: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    billed: Mapping[str, float]


class Pipeline:
    """Looks at one stack."""

    def __init__(self, cloud: LocalCloud, stack: Stack) -> None:
        def client(service: str) -> Any:
            return buckets.client(cloud, service)

        self.stack = stack
        self.s3, self._sqs, self._emr = map(client, ("s3", "sqs", "emr-serverless"))
        self._logs, self._lambda = map(client, ("logs", "lambda"))
        self._ledger = DynamoLedger(client("dynamodb"), stack.ledger_table, timedelta(days=90))

    def look(self) -> State:
        """Look once."""
        queued, dead = (self._messages(url) for url in (self.stack.uploads_queue, self.stack.dead_letter_queue))
        return State(queued, dead, self._ledger.counts(), self._ledger.batches())

    def wait(
        self,
        settled: int,
        shown: Callable[[State], None],
        *,
        within: float = 3600.0,
        every: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> State:
        """Watch until so many photos are at their end and no batch is open, showing each look.

        Raises:
            RetryLater: `within` seconds were not enough; the message says what stands where.
        """
        deadline = time.monotonic() + within
        while True:
            state = self.look()
            shown(state)
            if state.settled >= settled and not state.open_batches:
                return state
            if time.monotonic() > deadline:
                raise RetryLater(f"after {within:.0f} s {state.settled} of {settled} photos are settled: {state}")
            sleep(every)

    def submit(self) -> None:
        """Have batches made now, and not at the next minute."""
        self._lambda.invoke(FunctionName=self.stack.submit_function, InvocationType="RequestResponse", Payload=b"{}")

    def runs(self) -> list[RunTimes]:
        """Return all job runs, the oldest first."""
        pages = self._emr.get_paginator("list_job_runs").paginate(applicationId=self.stack.application_id)
        ids = [run["id"] for page in pages for run in page["jobRuns"]]
        return sorted((self._run(run_id) for run_id in ids), key=lambda run: run.created_at)

    def _run(self, run_id: str) -> RunTimes:
        found = self._emr.get_job_run(applicationId=self.stack.application_id, jobRunId=run_id)["jobRun"]
        return RunTimes(
            run_id=run_id,
            batch_id=found["name"].partition("/")[0],
            state=found["state"],
            created_at=found["createdAt"],
            started_at=found.get("startedAt"),
            ended_at=found.get("endedAt"),
            seconds=found.get("totalExecutionDurationSeconds"),
            billed=found.get("billedResourceUtilization", {}),
        )

    def report(self, run_id: str) -> dict[str, Any]:
        """Return the JSON line at the end of a run's standard output; an empty one where there is none."""
        log = self.log(run_id, "stdout")
        return report_of(log) if log else {}

    def log(self, run_id: str, stream: str) -> str | None:
        """Return a run's `stdout` or `stderr`, once the service has put it into S3."""
        key = f"logs/applications/{self.stack.application_id}/jobs/{run_id}/SPARK_DRIVER/{stream}.gz"
        try:
            body = self.s3.get_object(Bucket=self.stack.lake_bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return gzip.decompress(body).decode(errors="replace")

    def committed(self, batch: Batch) -> datetime | None:
        """Return when a batch's rows were in the table: its results are written right after the commit."""
        if batch.state is not BatchState.DONE:
            return None
        key = f"results/{results.key(batch.batch_id)}"
        found: datetime = self.s3.head_object(Bucket=self.stack.lake_bucket, Key=key)["LastModified"]
        return found

    def collected(self) -> Counter[str]:
        """Return what collect has counted, from its log: how many records of uploads there were, and of which kind."""
        found: Counter[str] = Counter()
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=COLLECT_LOG)
        for event in (event for page in pages for event in page["events"]):
            line = event["message"].strip()
            if line.startswith("{") and '"message":"collect"' in line.replace(": ", ":"):
                found.update(json.loads(line)["counts"])
        return found

    def _messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)
