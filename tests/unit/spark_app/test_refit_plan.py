"""Full or incremental: each reason, and that it is said."""

from dataclasses import replace

import pytest

from spark_app.lake.history import History
from spark_app.pca import classes, moments
from spark_app.pca.moments_state import State
from spark_app.refit.plan import FitTarget, Mode, after_changes, plan_refit

TARGET = FitTarget("fruits.lake.photos", 22, 9, rows_in_table=1000, backbone="net", artifact_sha256="a" * 64)
COUNTED = replace(moments.empty(2), count=900)
STATE = State(TARGET.table, 21, "net", "a" * 64, COUNTED, classes.empty(2), deleted_since_full=0)
CALM = History(rows_added=100, rows_deleted=0, has_delete_files=False)


def test_incremental_is_the_rule() -> None:
    chosen = plan_refit(TARGET, STATE, CALM, full=False)

    assert (chosen.mode, chosen.why) == (Mode.INCREMENTAL, "changes since snapshot 21")


@pytest.mark.parametrize(
    ("state", "history", "full", "said"),
    [
        (STATE, CALM, True, "--full"),
        (None, None, False, "no model yet"),
        ("the checksum differs", None, False, "the checksum differs"),
        (replace(STATE, table="fruits.lake.other"), CALM, False, "of table fruits.lake.other"),
        (replace(STATE, artifact_sha256="b" * 64), CALM, False, "of artifact bbbbbbbbbbbb"),
        (replace(STATE, backbone="other"), CALM, False, "(other)"),
        (STATE, None, False, "snapshot 21 of the latest model has expired"),
        (STATE, replace(CALM, has_delete_files=True), False, "delete files"),
        (STATE, replace(CALM, rows_deleted=110), False, "10 rows were deleted since the last full pass"),
    ],
)
def test_each_reason_for_a_full_pass_is_said(
    state: State | str | None, history: History | None, full: bool, said: str
) -> None:
    chosen = plan_refit(TARGET, state, history, full)

    assert chosen.mode is Mode.FULL
    assert said in chosen.why


def test_rows_that_only_moved_because_a_neighbour_was_deleted_are_no_reason() -> None:
    assert plan_refit(TARGET, STATE, History(999, 1000, has_delete_files=False), full=False).mode is Mode.INCREMENTAL


@pytest.mark.parametrize(
    ("before", "deleted", "mode"), [(0, 9, Mode.INCREMENTAL), (0, 10, Mode.FULL), (5, 5, Mode.FULL)]
)
def test_more_than_one_percent_deleted_since_the_last_full_pass_asks_for_one(
    before: int, deleted: int, mode: Mode
) -> None:
    state = replace(STATE, deleted_since_full=before)

    chosen = after_changes(plan_refit(TARGET, state, CALM, full=False), state, deleted)

    assert chosen.mode is mode
    assert mode is Mode.INCREMENTAL or f"{before + deleted} rows were deleted" in chosen.why
