"""When a refit is due follows from the table's snapshots, the latest model and the ledger; what a payload may say."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import maintains, payloads, refits
from chalicelib.domain.iceberg import table_state
from chalicelib.domain.payloads import MaintainOptions, RefitOptions
from chalicelib.domain.plans import RunPlan, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState
from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from tests.fakes.functions import START
from tests.fakes.lake import FakeLake, pointer

WRITTEN_BY_SPARK = Path(__file__).with_name("metadata_of_spark.json")
ASKED = RefitOptions(full=True)
BY_SCHEDULE = RefitOptions()


@pytest.fixture
def lake() -> FakeLake:
    found = FakeLake()
    found.create()
    return found


def decided(
    lake: FakeLake, options: RefitOptions = BY_SCHEDULE, job: ScheduledJob | None = None
) -> RunPlan | TriggerOutcome:
    return refits.plan(job, lake.table(), lake.model(), options)


@pytest.mark.parametrize("options", [BY_SCHEDULE, ASKED], ids=["by schedule", "by hand"])
def test_without_a_table_or_rows_there_is_no_run_for_anybody(options: RefitOptions) -> None:
    lake = FakeLake()
    assert decided(lake, options) is TriggerOutcome.NO_TABLE
    history = lake.create()
    assert decided(lake, options) is TriggerOutcome.NO_ROWS
    history.commit("delete", rows=0)
    assert decided(lake, options) is TriggerOutcome.NO_ROWS


def test_a_table_that_no_model_has_seen_is_fitted_by_the_snapshot_that_wrote_its_rows(lake: FakeLake) -> None:
    assert lake.history is not None
    lake.history.commit()
    wrote = lake.history.commit(rows=17)
    lake.history.compact()

    assert decided(lake) == RunPlan(str(wrote), 17)


@pytest.mark.parametrize("operation", ["append", "overwrite", "delete"])
def test_whatever_changes_rows_is_due_and_a_compaction_before_or_after_the_fit_is_not(
    lake: FakeLake, operation: str
) -> None:
    assert lake.history is not None
    lake.history.commit()
    fitted = lake.history.compact()
    lake.publish(pointer(fitted, 2))
    assert decided(lake) is TriggerOutcome.NOTHING_CHANGED
    lake.history.compact()
    assert decided(lake) is TriggerOutcome.NOTHING_CHANGED

    changed = lake.history.commit(operation)
    lake.history.compact()
    assert decided(lake) == RunPlan(str(changed), 10)


def test_the_model_is_known_to_have_seen_the_rows_though_its_snapshot_has_expired(lake: FakeLake) -> None:
    assert lake.history is not None
    lake.publish(pointer(lake.history.commit(), 1))
    lake.history.compact()
    lake.history.expire_all_but_current()

    assert decided(lake) is TriggerOutcome.NOTHING_CHANGED


def test_where_the_history_has_expired_beyond_the_model_a_run_is_due_rather_than_missed(lake: FakeLake) -> None:
    assert lake.history is not None
    lake.publish(pointer(lake.history.commit(), 1))
    lake.history.commit()
    lake.history.compact()
    lake.history.compact()
    lake.history.expire_all_but_current()

    assert isinstance(decided(lake), RunPlan)


def test_after_a_rollback_the_pointer_stays_and_new_rows_are_due_again(lake: FakeLake) -> None:
    assert lake.history is not None
    before = lake.history.commit()
    lake.publish(pointer(lake.history.commit(), 2))
    lake.history.roll_back(before)
    assert decided(lake) is TriggerOutcome.NOTHING_CHANGED

    lake.history.commit()
    assert isinstance(decided(lake), RunPlan)


@given(st.lists(st.sampled_from(["commit", "compact", "fit", "expire"]), max_size=30))
def test_a_run_is_due_exactly_if_rows_were_written_since_the_last_fit(events: list[str]) -> None:
    lake = FakeLake()
    history = lake.create()
    history.commit()
    due, expired_since = True, False
    for event in events:
        if event == "commit":
            history.commit()
            due, expired_since = True, False
        elif event == "compact":
            history.compact()
        elif event == "expire":
            history.expire_all_but_current()
            expired_since = True
        else:
            lake.publish(pointer(history.current or 0, history.last_sequence_number))
            due, expired_since = False, False
    found = isinstance(decided(lake), RunPlan)

    assert found or not due  # never missed
    assert due or not found or expired_since  # never for nothing, unless what would show it has expired


def test_what_spark_writes_is_read_as_it_is_meant() -> None:
    """Metadata of Spark 3.5.8 with Iceberg 1.10.1, left as it was but for paths and schemas.

    Batches of 3 and 4 photos, the first one again with 2, a compaction, a delete; then a compaction and an expiry.
    """
    written = json.loads(WRITTEN_BY_SPARK.read_text())
    before, after = table_state(written["with_history"]), table_state(written["after_expiry"])

    operations = [(one.operation, one.rows) for one in before.snapshots.values()]
    assert operations == [("overwrite", 3), ("overwrite", 7), ("overwrite", 6), ("replace", 6), ("overwrite", 5)]
    assert [one.sequence_number for one in before.snapshots.values()] == [1, 2, 3, 4, 5]
    assert list(before.snapshots_with_same_rows()) == [before.current]
    assert [one.operation for one in after.snapshots.values()] == ["replace"]
    assert list(after.snapshots_with_same_rows()) == [after.current, before.current]
    fitted = pointer(before.current or 0, 5)
    assert refits.has_seen(fitted, before)
    assert refits.has_seen(fitted, after)


def a_job(state: JobState, subject: int | None, failures: int = 0) -> ScheduledJob:
    return ScheduledJob(Kind.REFIT, state, RunPlan(str(subject), 10), failures=failures)


@pytest.mark.parametrize(
    ("state", "failures", "outcome"),
    [
        (JobState.DONE, 0, TriggerOutcome.DONE_ALREADY),
        (JobState.FAILED, 2, None),
        (JobState.FAILED, 3, TriggerOutcome.GIVEN_UP),
    ],
)
def test_what_the_ledger_knows_of_this_snapshot_counts_and_of_another_one_does_not(
    lake: FakeLake, state: JobState, failures: int, outcome: TriggerOutcome | None
) -> None:
    assert lake.history is not None
    other, current = lake.history.commit(), lake.history.commit()

    assert decided(lake, job=a_job(state, current, failures)) == (outcome or RunPlan(str(current), 10))
    assert decided(lake, job=a_job(state, other, failures)) == RunPlan(str(current), 10)
    assert decided(lake, ASKED, a_job(state, current, failures)) == RunPlan(str(current), 10, ("--full",))


def test_a_table_without_a_commit_needs_no_maintenance_and_an_emptied_one_does(lake: FakeLake) -> None:
    assert lake.history is not None
    options = MaintainOptions()
    assert maintains.plan(None, None, options, START) is TriggerOutcome.NO_TABLE
    assert maintains.plan(None, lake.table(), options, START) is TriggerOutcome.NO_ROWS
    lake.history.commit(rows=0)
    assert maintains.plan(None, lake.table(), options, START) == RunPlan("2026-11-24", 0)


def test_maintenance_that_failed_three_times_today_waits_for_tomorrow_or_a_person(lake: FakeLake) -> None:
    assert lake.history is not None
    lake.history.commit()
    failed = ScheduledJob(Kind.MAINTAIN, JobState.FAILED, RunPlan("2026-11-24", 10), failures=3)

    assert maintains.plan(failed, lake.table(), MaintainOptions(), START) is TriggerOutcome.GIVEN_UP
    assert isinstance(maintains.plan(failed, lake.table(), MaintainOptions(again=True), START), RunPlan)


@pytest.mark.parametrize(
    ("payload", "options", "arguments"),
    [
        ({}, BY_SCHEDULE, ()),
        ({"full": False, "k": None}, BY_SCHEDULE, ()),
        ({"full": True}, ASKED, ("--full",)),
        (
            {"standardize": True, "k": 50, "full": True},
            RefitOptions(True, 50, True),
            ("--full", "--standardize", "--k", "50"),
        ),
    ],
)
def test_a_payload_is_read_and_becomes_the_jobs_flags(
    payload: dict[str, Any], options: RefitOptions, arguments: tuple[str, ...]
) -> None:
    found = payloads.refit_options(payload)

    assert found == options
    assert found.arguments() == arguments
    assert found.asked is bool(arguments)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"Full": True}, "unknown: Full; known: full, k, standardize"),
        ({"full": "yes"}, "full is 'yes', and must be true or false"),
        ({"full": 1}, "full is 1"),
        ({"k": 0}, "k is 0, and must be a whole number"),
        ({"k": True}, "k is True"),
        ({"k": 2.5}, "k is 2.5"),
        ({"k": "50"}, "k is '50'"),
        ({"standardize": None}, "standardize is None"),
        ([], "must be a JSON object, and is a list"),
        (None, "is a NoneType"),
        ({"version": "0", "source": "aws.scheduler", "detail": "{}"}, "unknown: detail, source, version"),
    ],
)
def test_a_payload_that_is_none_is_refused_and_told_why(payload: Any, says: str) -> None:
    with pytest.raises(GiveUp, match=says) as refused:
        payloads.refit_options(payload)
    assert refused.value.outcome == "refit_payload"


def test_maintenance_takes_one_option() -> None:
    assert payloads.maintain_options({}) == MaintainOptions()
    assert payloads.maintain_options({"again": True}) == MaintainOptions(again=True)
    with pytest.raises(GiveUp, match="unknown: full; known: again"):
        payloads.maintain_options({"full": True})


@pytest.mark.parametrize(
    "damage",
    [
        {"snapshots": [{"snapshot-id": 1}]},
        {"snapshots": []},
        {"snapshots": "many"},
        {"current-snapshot-id": "soon"},
        {"snapshots": [{"snapshot-id": 1, "sequence-number": 1, "summary": {"operation": "append"}}]},
    ],
)
def test_metadata_that_cannot_be_read_is_no_empty_table(lake: FakeLake, damage: dict[str, Any]) -> None:
    assert lake.history is not None
    lake.history.commit()

    with pytest.raises(GiveUp, match="metadata_unreadable"):
        table_state(lake.history.metadata() | damage)
