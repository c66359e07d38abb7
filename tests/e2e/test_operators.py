"""The commands of operators on the deployed stack: where a photo is, what a run did, what is lost, what brings it back.

One run serves all: a photo that is none, so a row that is a rejection. Nothing here waits for a second run.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from chalicelib.domain.records import Batch
from chalicelib.domain.states import PhotoState
from infra.cli.main import app
from infra.local.cloud import LocalCloud
from infra.ops.bucket_versions import versions
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.reconciliation.mend import event
from infra.ops.tables import open_table
from tests.contract.emr import eventually
from tests.e2e.story import settled

pytestmark = pytest.mark.slow

PREFIX = "uploads/operators/"
PLANTED = 20


def fruits(state_dir: Path, *words: str) -> Result:
    shell = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
    return shell.invoke(app, [*words, "--state-dir", str(state_dir)], catch_exceptions=False)


def document(state_dir: Path, *words: str, code: int = 0) -> Any:
    """What a command says with `--json`: one document, and nothing beside it on standard output."""
    result = fruits(state_dir, *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def status(state_dir: Path) -> Any:
    """What `fruits status --json` says; its exit code is 1 where a person is needed."""
    result = fruits(state_dir, "status", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == int(found["needs_a_person"]), result.output
    return found


@pytest.fixture(scope="module")
def broken(pipeline: Pipeline) -> str:
    """The key of a file that is no photo, and has its row."""
    before, key = pipeline.state(), f"{PREFIX}{uuid4().hex}/broken-{uuid4().hex}.jpg"
    before = pipeline.wait(before.registered + before.queued, lambda _: None, within=300)
    pipeline.s3.put_object(
        Bucket=pipeline.stack.photos_bucket, Key=key, Body=b"this is no photo", ContentType="image/jpeg"
    )
    settled(pipeline, before.registered + 1)
    return key


@pytest.fixture(scope="module")
def batch(pipeline: Pipeline, broken: str, state_dir: Path) -> Batch:
    """The batch of that photo."""
    (photo,) = document(state_dir, "photo", broken)["photos"]
    return pipeline.batch(photo["batch_id"])


def test_a_rejected_photo_is_found_by_its_key_its_name_and_its_id_with_the_reason_in_words(
    broken: str, state_dir: Path
) -> None:
    name = broken.rpartition("/")[2]
    (photo,) = document(state_dir, "photo", broken)["photos"]

    assert (photo["place"], photo["key"], photo["in_bucket"]) == ("rejected", broken, True)
    assert photo["rejection"]["code"] == "unsupported_format"
    assert (photo["size_bytes"], photo["content_type"]) == (len(b"this is no photo"), "image/jpeg")
    assert len(photo["etag"]) == 32
    for asked in (name, photo["photo_id"]):
        assert document(state_dir, "photo", asked)["photos"] == [photo]
    assert "no JPEG, PNG, WebP, HEIC or AVIF" in fruits(state_dir, "photo", broken).output


def test_a_photo_that_nobody_uploaded_is_named_so(state_dir: Path, broken: str) -> None:
    for asked in (f"{broken}x", "0" * 32, "nobody.jpg"):
        result = fruits(state_dir, "photo", asked)
        assert result.exit_code == 65
        assert "no photo" in result.output


def test_a_batch_and_its_run_are_shown_from_both_sides(state_dir: Path, batch: Batch, broken: str) -> None:
    shown = document(state_dir, "batch", batch.batch_id, "--photos")
    run = document(state_dir, "run", batch.run.run_id)

    assert (shown["state"], shown["next"]) == ("DONE", "nothing")
    assert broken in {entry["key"] for entry in shown["entries"]}
    assert "unsupported_format" in {entry["outcome"] for entry in shown["entries"]}
    (group,) = document(state_dir, "batch", batch.batch_id, "--by", "owner")["groups"]
    assert (group["group"], group["outcome"]) == ("operators", "unsupported_format")
    assert "operators" in fruits(state_dir, "batch", batch.batch_id, "--by", "owner").output
    assert (run["kind"], run["subject"], run["state"]) == ("extract", batch.batch_id, "SUCCESS")
    assert run["ended"].startswith("Done: ")
    assert run["report"]["batch_id"] == batch.batch_id
    assert batch.run.run_id in {one["run_id"] for one in document(state_dir, "runs", "--kind", "extract")["runs"]}
    assert batch.batch_id in {one["batch_id"] for one in document(state_dir, "batches")["batches"]}
    assert batch.batch_id in {one["batch_id"] for one in status(state_dir)["batches"]}
    for words in (("batch", batch.batch_id), ("run", batch.run.run_id), ("runs",), ("batches",)):
        assert batch.batch_id in fruits(state_dir, *words).output.replace("\n", "")


def test_the_logs_of_a_batch_are_joined_from_the_upload_to_the_commit(state_dir: Path, batch: Batch) -> None:
    run = f"extract {batch.run.run_id}"

    def lines() -> list[dict[str, str]]:
        found: list[dict[str, str]] = document(state_dir, "logs", "--batch", batch.batch_id)["lines"]
        return found

    any(
        poll(
            lambda: {"collect", "submit", run, "on-run-event"} <= {line["source"] for line in lines()},
            within=60,
            every=1,
        )
    )
    found = lines()
    assert {line["source"] for line in found} == {"collect", "submit", run, "on-run-event"}, batch
    times = [line["at"] for line in found]
    assert times == sorted(times)
    states = [line["text"] for line in found if line["text"].startswith("batch ")]
    moved = [state for line in states for state in ("CLAIMING", "READY", "RUNNING", "DONE") if f"state={state}" in line]
    assert moved == ["CLAIMING", "READY", "RUNNING", "DONE"]
    assert any('"outcome": "done"' in line["text"] for line in found)
    assert "uploads/" not in json.dumps([line for line in found if line["source"] != run])
    of_run = document(state_dir, "logs", "--run", batch.run.run_id)["lines"]
    assert {line["source"] for line in of_run} == {"submit", run, "on-run-event"}
    assert '"outcome": "done"' in fruits(state_dir, "logs", batch.run.run_id, "--follow").output


@contextmanager
def events_lost(pipeline: Pipeline) -> Iterator[None]:
    """S3 tells nobody of uploads, as when somebody has removed the bucket's notification."""
    s3, bucket = pipeline.s3, pipeline.stack.photos_bucket
    told = s3.get_bucket_notification_configuration(Bucket=bucket)
    del told["ResponseMetadata"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)


@contextmanager
def rows_planted(cloud: LocalCloud, pipeline: Pipeline, broken: str) -> Iterator[set[str]]:
    """Rows that nobody uploaded a photo for; then the table is as it was, to the snapshot."""
    table = open_table(cloud.target(), f"{pipeline.stack.glue_database}.photos")
    before = table.current_snapshot()
    assert before is not None
    row = table.scan(row_filter=f"key = '{broken}'").to_arrow().to_pylist()[0]
    planted = [{**row, "photo_id": uuid4().hex, "key": f"{PREFIX}extra-{n}.jpg"} for n in range(PLANTED)]
    table.append(pa.Table.from_pylist(planted, table.schema().as_arrow()))
    try:
        yield {one["photo_id"] for one in planted}
    finally:
        table.manage_snapshots().set_current_snapshot(before.snapshot_id).commit()


def test_twenty_missing_and_twenty_extra_photos_are_named_exactly_and_a_lost_event_is_sent_again(
    deployed: LocalCloud, pipeline: Pipeline, broken: str, state_dir: Path
) -> None:
    bucket, keys = pipeline.stack.photos_bucket, [f"{PREFIX}{uuid4().hex}.jpg" for _ in range(PLANTED)]
    with events_lost(pipeline):
        put = {key: pipeline.s3.put_object(Bucket=bucket, Key=key, Body=b"this is none") for key in keys}
    with rows_planted(deployed, pipeline, broken) as extra:
        found = document(state_dir, "reconcile", "--grace", "0", code=1)

    assert (found["missing"], found["extra"]) == (PLANTED, PLANTED)
    assert {one["key"] for one in found["findings"]["event_lost"]["photos"]} == set(keys)
    assert {one["photo_id"] for one in found["findings"]["row_unknown"]["photos"]} == extra
    assert document(state_dir, "photo", keys[0])["photos"][0]["place"] == "unregistered"
    for key in keys[1:]:
        pipeline.s3.delete_object(Bucket=bucket, Key=key, VersionId=put[key]["VersionId"])
    sent = document(state_dir, "reconcile", "--prefix", keys[0], "--grace", "0", "--mend", "--yes")
    assert sent["sent"] == 1
    eventually(lambda: pipeline.photo(bucket, keys[0], put[keys[0]]["VersionId"]), "the photo in the ledger")
    assert document(state_dir, "reconcile", "--prefix", PREFIX, "--grace", "0")["in_order"]


def test_dead_letters_are_shown_without_what_they_hold_and_those_that_can_be_read_are_sent_again(
    pipeline: Pipeline, broken: str, state_dir: Path
) -> None:
    (known,) = versions(pipeline.s3, pipeline.stack.photos_bucket, broken)
    sqs, dead = pipeline.target.client("sqs"), pipeline.stack.dead_letter_queue
    for text in (json.dumps(event(known, "eu-west-3")), "poison"):
        sqs.send_message(QueueUrl=dead, MessageBody=text)

    result = fruits(state_dir, "dead-letters", "--json")
    shown = result.output
    assert result.exit_code == 1
    assert sorted(one["outcome"] for one in json.loads(shown)["dead_letters"]) == ["not_json", "readable"]
    assert "broken" not in shown
    assert "1 messages are in the queue again" in fruits(state_dir, "redrive", "--dead-letters").output
    assert "1 message is in the dead-letter queue" in [one["says"] for one in status(state_dir)["concerns"]]
    left = document(state_dir, "dead-letters", "--discard", "--yes")
    assert [one["outcome"] for one in left["dead_letters"]] == ["not_json"]
    assert document(state_dir, "dead-letters")["dead_letters"] == []
    entry = pipeline.photo_of(known.photo_id)
    assert entry is not None
    assert entry.state is PhotoState.REJECTED


def test_a_trigger_that_is_off_is_seen_and_switched_on_again(pipeline: Pipeline, state_dir: Path) -> None:
    scheduler = pipeline.target.client("scheduler")
    on = {one["name"]: one for one in document(state_dir, "triggers")["triggers"]}
    assert len(on) == 6
    name = "fruits-dev-maintain"
    deployed = scheduler.get_schedule(Name=name)
    wanted = ("Name", "FlexibleTimeWindow", "Target", "ScheduleExpressionTimezone", "ScheduleExpression")
    scheduler.update_schedule(**{one: deployed[one] for one in wanted}, State="DISABLED")

    off = [one["name"] for one in document(state_dir, "triggers", code=1)["triggers"] if not one["is_on"]]

    assert off == [name]
    assert "maintain's schedule is off" in [one["says"].partition(":")[0] for one in status(state_dir)["concerns"]]
    assert "fruits triggers --enable" in fruits(state_dir, "status").output
    assert all(one["is_on"] for one in document(state_dir, "triggers", "--enable")["triggers"])
    again = scheduler.get_schedule(Name=name)
    assert {one: again[one] for one in wanted} == {one: deployed[one] for one in wanted}


def test_an_alarm_that_rings_is_listed_with_its_runbook_and_status_ends_with_1(
    pipeline: Pipeline, state_dir: Path
) -> None:
    cloudwatch = pipeline.target.client("cloudwatch")

    def rung(*words: str) -> Result | None:
        """Let the alarm ring, which lasts until it is evaluated, and return what a command shows if it was in time."""
        cloudwatch.set_alarm_state(AlarmName="fruits-dev-month-cost", StateValue="ALARM", StateReason="a test")
        result = fruits(state_dir, "status", *words)
        return result if "fruits-dev-month-cost" in result.output else None

    try:
        shown, told, watched = (
            eventually(partial(rung, *words), "the alarm", within=180) for words in ((), ("--json",), ("--watch",))
        )
    finally:
        cloudwatch.set_alarm_state(AlarmName="fruits-dev-month-cost", StateValue="OK", StateReason="a test")

    assert (shown.exit_code, told.exit_code, watched.exit_code) == (1, 1, 0)
    for result in (shown, watched):
        assert "infra/runbooks/month-cost.md" in result.output
    said = json.loads(told.stdout)
    assert "fruits-dev-month-cost" in [one["name"] for one in said["alarms"]]
    assert "fruits-dev-needs-a-person" not in [one["name"] for one in said["alarms"]]
