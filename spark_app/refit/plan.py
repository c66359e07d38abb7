"""Full or incremental, and why (pure).

An incremental refit starts from the last model's state, adds the rows inserted since its snapshot, and subtracts those
deleted. Each deletion costs the state a few digits (`moments.without`), so the share of deletions since the last full
pass is bounded.
"""

from dataclasses import dataclass
from enum import StrEnum

from spark_app.lake.history import History
from spark_app.pca.moments_state import State

MAX_DELETED_SHARE = 0.01
"""Of the state's rows: more deletions since the last full pass ask for another one."""


class Mode(StrEnum):
    """How the moments are obtained."""

    FULL = "full"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class FitTarget:
    """The rows to fit: those of one artifact in one snapshot of one table."""

    table: str
    snapshot_id: int
    sequence_number: int
    rows_in_table: int
    """Of this artifact, with features."""
    backbone: str
    artifact_sha256: str


@dataclass(frozen=True, slots=True)
class RefitPlan:
    """The mode, and a sentence that says why."""

    mode: Mode
    why: str


def plan_refit(target: FitTarget, state: State | str | None, history: History | None, full: bool) -> RefitPlan:
    """Choose the mode before any row is read.

    `state` is the latest model's: None without a model, a sentence where it cannot be read. `history` is None where the
    state's snapshot is no longer kept, or is no ancestor of the target.
    """
    if full:
        return RefitPlan(Mode.FULL, "asked for by --full")
    if state is None:
        return RefitPlan(Mode.FULL, "there is no model yet")
    if isinstance(state, str):
        return RefitPlan(Mode.FULL, f"the latest model's state cannot be used: {state}")
    other = _belongs_elsewhere(target, state)
    if other:
        return RefitPlan(Mode.FULL, other)
    if history is None:
        return RefitPlan(Mode.FULL, f"snapshot {state.snapshot_id} of the latest model has expired, or was rolled back")
    if history.has_delete_files:
        return RefitPlan(Mode.FULL, "the table has row-level delete files, which Iceberg's changelog cannot read")
    chosen = RefitPlan(Mode.INCREMENTAL, f"changes since snapshot {state.snapshot_id}")
    # A lower bound of the deletions. Where it is too high already, the changes need not be read.
    return after_changes(chosen, state, max(0, history.rows_deleted - history.rows_added))


def _belongs_elsewhere(target: FitTarget, state: State) -> str | None:
    if state.table != target.table:
        return f"the latest model's state is of table {state.table}"
    if (state.backbone, state.artifact_sha256) != (target.backbone, target.artifact_sha256):
        return f"the latest model's state is of artifact {state.artifact_sha256[:12]} ({state.backbone})"
    return None


def after_changes(chosen: RefitPlan, state: State, deleted: int) -> RefitPlan:
    """Choose again once the deletions are known: too many since the last full pass ask for another full pass."""
    total = state.deleted_since_full + deleted
    if total > MAX_DELETED_SHARE * state.moments.count:
        share = f"{MAX_DELETED_SHARE:.0%} of {state.moments.count}"
        return RefitPlan(Mode.FULL, f"{total} rows were deleted since the last full pass, more than {share}")
    return chosen
