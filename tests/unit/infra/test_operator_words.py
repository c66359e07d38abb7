"""What operators read of runs and batches: words for each end, the next command, and JSON that keeps its keys."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import Batch, LedgerRun, ScheduledJob
from chalicelib.domain.states import BatchState, JobState
from contracts.jobs.names import Kind
from contracts.photos.results import Result, decode, encode
from infra.cli.main import app
from infra.ops import batch_words, documents
from infra.ops.batch_words import Group
from infra.ops.group_by import GroupBy
from infra.ops.run_words import RunStory, tail_of
from infra.ops.stack_state import RunTimes, StackState
from tests.fakes.functions import START

RUN = RunTimes("run-1", Kind.EXTRACT, "batch-1", "FAILED", START, None, None, None, {})
BATCH = Batch("batch-1", BatchState.READY, START, photos=3, runs=(LedgerRun("run-1", 1, "FAILED", START),))
DONE = {"outcome": "done", "photos": 8, "features": 6, "rejections": {"corrupt": 2}, "left_out": {}, "kept": 0}


def story(report: Mapping[str, Any], run: RunTimes = RUN, batch: Batch | None = BATCH) -> RunStory:
    return RunStory(run, report, batch)


def test_a_run_that_succeeded_says_what_it_did() -> None:
    said = story(DONE, replace(RUN, state="SUCCESS"))

    assert said.ended == "Done: 8 photos, 6 with features, 2 rejected."
    assert said.next == "nothing"


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ({}, "no closing report"),
        (
            {"outcome": "GiveUp", "error": "the artifact is damaged"},
            "same input would fail again: the artifact is damaged",
        ),
        ({"outcome": "RetryLater", "error": "S3 does not answer"}, "tried again later: S3 does not answer"),
    ],
)
def test_a_run_that_failed_says_why_in_words(report: Mapping[str, Any], words: str) -> None:
    assert words in story(report).ended


@pytest.mark.parametrize(
    ("run", "batch", "words"),
    [
        (replace(RUN, state="RUNNING"), BATCH, "fruits logs run-1 --follow"),
        (RUN, BATCH, "attempt 2 starts by itself within a minute"),
        (RUN, replace(BATCH, state=BatchState.QUARANTINED), "`fruits redrive --batch batch-1`"),
        (RUN, replace(BATCH, state=BatchState.DONE), "its batch is DONE by now"),
        (RUN, None, "no batch waits for it"),
        (replace(RUN, kind=Kind.REFIT), None, "`fruits refit --full`"),
        (replace(RUN, kind=Kind.DOCTOR), None, "`fruits doctor`"),
    ],
)
def test_each_end_of_a_run_names_the_next_step(run: RunTimes, batch: Batch | None, words: str) -> None:
    assert words in story({}, run, batch).next


def test_a_run_whose_cnn_is_missing_names_the_deployment_that_puts_it_back() -> None:
    gone = "cannot read s3://fruits-dev-artifacts-000000000000/artifact/91d8/card.json: missing (FileNotFoundError)"
    given_up = replace(BATCH, state=BatchState.QUARANTINED)

    said = story({"outcome": "GiveUp", "error": gone}, RUN, given_up).next
    assert said == "`fruits deploy --no-photos` puts that file back, then `fruits redrive --batch batch-1`"
    of_refit = story({"outcome": "GiveUp", "error": gone}, replace(RUN, kind=Kind.REFIT), None).next
    assert of_refit.startswith("`fruits deploy --no-photos` puts that file back, then `fruits refit --full`")
    for other in (gone.replace("/artifact/", "/manifests/"), gone.replace("missing", "denied"), ""):
        assert "mend the cause" in story({"outcome": "GiveUp", "error": other}, RUN, given_up).next


def test_of_a_log_the_last_lines_are_shown() -> None:
    assert tail_of("\n".join(map(str, range(100)))) == tuple(map(str, range(80, 100)))
    assert tail_of(None) == ()


@pytest.mark.parametrize(
    ("batch", "why", "then"),
    [
        (replace(BATCH, state=BatchState.CLAIMING, runs=()), "claims photos", "nothing"),
        (replace(BATCH, runs=()), "once a run is free", "nothing"),
        (
            replace(BATCH, reason="failed", not_before=START + timedelta(minutes=1)),
            "killed, out of time or memory, or a bug: attempt 2 starts at 2026-11-24 08:01:00 UTC",
            "nothing",
        ),
        (replace(BATCH, state=BatchState.RUNNING), "run run-1 works on it", "fruits run run-1"),
        (
            replace(BATCH, state=BatchState.QUARANTINED, reason="gave_up", failures=1),
            "given up after 1 failure:",
            "fruits run run-1; mend the cause; fruits redrive --batch batch-1",
        ),
        (replace(BATCH, state=BatchState.QUARANTINED, runs=()), "given up", "fruits logs submit; mend"),
        (replace(BATCH, state=BatchState.DONE, counts={"quarantined": 2}), "2 of its photos", "fruits redrive"),
        (replace(BATCH, state=BatchState.DONE), "nothing waits", "nothing"),
    ],
)
def test_a_batch_says_why_it_waits_and_what_to_do(batch: Batch, why: str, then: str) -> None:
    assert why in batch_words.why(batch, START)
    assert batch_words.next_step(batch).startswith(then)


def test_a_batch_s_photos_have_their_outcomes_in_the_order_of_the_manifest() -> None:
    manifest = b'{"batch_id": "b"}\n' + b"".join(b'{"photo_id": "%d", "key": "k%d"}\n' % (n, n) for n in (1, 2, 3))
    results = [Result("1", "features"), Result("2", "unavailable", row_written=False)]

    assert list(batch_words.outcomes(manifest, decode(encode(results)))) == [
        ("1", "k1", "features"),
        ("2", "k2", "unavailable (waits again)"),
        ("3", "k3", ""),
    ]


LISTED = [
    ("1", "uploads/o1/banana/a.jpg", "features"),
    ("2", "uploads/o1/banana/b.jpg", "truncated"),
    ("3", "uploads/o1/kiwi/c.jpg", "truncated"),
    ("4", "uploads/o2/d.jpg", "corrupt"),
    ("5", "uploads/e.jpg", "corrupt"),
    ("6", "uploads/o2/f.jpg", ""),
]


def test_photos_without_features_are_grouped_by_owner_the_largest_group_first() -> None:
    assert batch_words.groups(LISTED, GroupBy.OWNER) == [
        Group("o1", "truncated", 2, 3),
        Group("o2", "corrupt", 1, 2),
        Group("nobody", "corrupt", 1, 1),
    ]


def test_photos_without_features_are_grouped_by_all_that_stands_before_their_names() -> None:
    assert batch_words.groups(LISTED, GroupBy.PREFIX) == [
        Group("uploads/o1/banana", "truncated", 1, 2),
        Group("uploads/o1/kiwi", "truncated", 1, 1),
        Group("uploads/o2", "corrupt", 1, 2),
        Group("uploads", "corrupt", 1, 1),
    ]


def test_the_command_line_knows_each_way_to_group() -> None:
    said = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["batch", "--help"]).output

    assert f"<{'|'.join(GroupBy)}>" in said


def test_the_state_of_a_stack_is_one_document() -> None:
    job = ScheduledJob(Kind.REFIT, JobState.DONE, RunPlan("4711", 40), run=BATCH.run)
    state = StackState(3, 2, {"WAITING": 5, "REJECTED": 2, "REJECTED corrupt": 2}, [BATCH], [job])

    said = documents.of_state(state)

    assert said["queue"] == {"messages": 3, "dead_letters": 2}
    assert said["photos"] == {"waiting": 5, "rejected": 2}
    assert said["rejections"] == {"corrupt": 2}
    assert said["batches"][0]["runs"][0]["run_id"] == "run-1"
    assert said["jobs"][0]["run"]["state"] == "FAILED"
