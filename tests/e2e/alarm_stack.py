"""A stack in which the causes of alarms can be made to happen and be mended, and minutes that pass quickly."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.aws.spending import DynamoSpending
from chalicelib.domain.budget import month_name
from contracts.errors import PipelineError
from infra.ops import stack, uploads
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll

MINUTE_SECONDS = 0.15
"""How long a minute of CloudWatch lasts in this story: an hour is nine seconds."""
HOUR = 60 * MINUTE_SECONDS
WITHIN = 240.0
LOOK = 0.5
"""Seconds between two looks: more of them would slow down what is looked at."""
BROKEN = 40
"""Files that are no photos, more than there are photos: of their batch's rows most are rejections."""
NAMES = (
    "dead-letters",
    "oldest-waiting",
    "quarantined-batch",
    "run-failed",
    "run-too-long",
    "submit-not-running",
    "rejections-share",
    "no-rows",
    "refit-overdue",
    "month-cost",
)
ALL = "needs-a-person"


@dataclass
class Told:
    """Which alarms were seen in ALARM after their cause, and in OK after it was mended."""

    fired: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)


class Story:
    """One stack, and the minutes that pass in it: Scheduler's are real ones, sixty times as long."""

    def __init__(self, pipeline: Pipeline, photos: Path) -> None:
        self.pipeline, self.told = pipeline, Told()
        self.photos = uploads.labelled_files(photos)
        self.cloudwatch = pipeline.target.client("cloudwatch")
        self.sqs = pipeline.target.client("sqs")
        self.dynamodb = pipeline.target.client("dynamodb")
        self.scheduled = True

    def state(self, alarm: str) -> dict[str, Any]:
        name = f"{stack.name(self.pipeline.stack.stage)}-{alarm}"
        found = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (one,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return dict(one)

    def fires(self, *alarms: str) -> None:
        """Wait until each of the alarms is in ALARM, and remember it."""
        for alarm in alarms:
            if self._reaches(alarm, "ALARM"):
                self.told.fired.add(alarm)
                self.told.reasons[alarm] = self.state(alarm)["StateReason"]

    def clears(self, *alarms: str) -> None:
        """Wait until each of the alarms is OK, and remember it."""
        self.told.cleared |= {alarm for alarm in alarms if self._reaches(alarm, "OK")}

    def _reaches(self, alarm: str, state: str) -> bool:
        found = poll(lambda: self.state(alarm)["StateValue"], within=WITHIN, every=LOOK)
        return any(value == state for value in found)  # if not, the test of this alarm says it

    @contextmanager
    def minutes(self) -> Iterator[None]:
        """Have submit invoked as Scheduler does each minute, until the end."""
        over = threading.Event()

        def pass_by() -> None:
            while not over.wait(5 * MINUTE_SECONDS):
                if self.scheduled:
                    with suppress(PipelineError):
                        self.pipeline.invoke(self.pipeline.stack.submit_function, {})

        thread = threading.Thread(target=pass_by)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def spend(self, usd: float) -> None:
        """Have a run of this month cost so much."""
        DynamoSpending(self.dynamodb, self.pipeline.stack.ledger_table).add("a-dear-run", usd, datetime.now(UTC))

    def turn_month(self) -> None:
        """Leave nothing spent this month, as when another one begins."""
        table, month = self.pipeline.stack.ledger_table, {":pk": {"S": f"spending#{month_name(datetime.now(UTC))}"}}
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": month}
        for item in self.dynamodb.query(TableName=table, **asked)["Items"]:
            self.dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})

    @contextmanager
    def uploading(self) -> Iterator[None]:
        """Have a photo uploaded in each hour, and more often."""
        over = threading.Event()

        def upload() -> None:
            for photo in itertools.cycle(self.photos):
                if over.wait(HOUR / 3):
                    return
                self.upload([photo])

        thread = threading.Thread(target=upload)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def upload(self, files: Any) -> None:
        uploads.upload(self.pipeline.s3, self.pipeline.stack.photos_bucket, files, "alarms")

    def schedule(self, state: str) -> None:
        """Switch submit's schedule: `ENABLED` or `DISABLED`."""
        scheduler, name = self.pipeline.target.client("scheduler"), f"{stack.name(self.pipeline.stack.stage)}-submit"
        found = scheduler.get_schedule(Name=name)
        members = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        scheduler.update_schedule(**{member: found[member] for member in members}, State=state)
        self.scheduled = state == "ENABLED"

    @contextmanager
    def collect_switched_off(self) -> Iterator[None]:
        """Switch off what hands the queue's messages to `collect`, and on again."""
        functions = self.pipeline.target.client("lambda")
        name = f"{stack.name(self.pipeline.stack.stage)}-collect"
        (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        yield
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def poison(self) -> None:
        """Send a message that is none of S3's, and have it come again at once, five times."""
        queue = self.pipeline.stack.uploads_queue
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        self.sqs.send_message(QueueUrl=queue, MessageBody="poison")

    @contextmanager
    def artifact_gone(self) -> Iterator[None]:
        """Take the CNN away from the runs, and put it back."""
        s3, bucket = self.pipeline.s3, self.pipeline.stack.artifacts_bucket
        prefix = f"artifact/{self.pipeline.stack.versions.artifact}/"
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
        kept = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        for key in keys:
            s3.delete_object(Bucket=bucket, Key=key)
        yield
        for key, body in kept.items():
            s3.put_object(Bucket=bucket, Key=key, Body=body)

    def age_rows(self, days: int) -> None:
        """Move the commits of the table into the past, as if nobody had fitted a model since."""
        glue, s3 = self.pipeline.target.client("glue"), self.pipeline.s3
        table = glue.get_table(DatabaseName=self.pipeline.stack.glue_database, Name="photos")["Table"]
        bucket, _, key = table["Parameters"]["metadata_location"].removeprefix("s3://").partition("/")
        metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        for one in (*metadata["snapshots"], *metadata["snapshot-log"]):
            one["timestamp-ms"] -= days * 86_400_000
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(metadata).encode())

    def submit_now(self) -> None:
        """Have a batch made of what waits. A call that finds another submit at work does nothing, so it is repeated."""

        def begun() -> bool:
            counts = self.pipeline.invoke(self.pipeline.stack.submit_function, {"now": True})
            return bool(counts.get("batch_runs_started"))

        self.settled(begun, "a batch of what waits")

    def look(self) -> None:
        """Have the model's distance from the rows measured, as each hour."""
        self.pipeline.invoke(self.pipeline.stack.refit_function, {"look": True})

    def settled(self, done: Callable[[], bool], what: str) -> None:
        assert any(poll(done, within=WITHIN, every=LOOK)), what
