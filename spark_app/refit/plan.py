"""Full or incremental, and why (pure).

Incremental: the last model's state, plus the rows inserted and minus those deleted since its snapshot. Each deletion
costs the state a few digits (`moments.without`), so the share of them since the last full pass is bounded.
"""

from dataclasses import dataclass
from enum import StrEnum

from spark_app.lake.history import History
from spark_app.pca.moments_state import State

MAX_DELETED_SHARE = 0.01


class Mode(StrEnum):
    """How the moments are got."""

    FULL = "full"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fitted: the rows of one artifact in one snapshot of one table."""

    table: str
    snapshot_id: int
    sequence_number: int
    rows_in_table: int
    """Of this artifact, with features."""
    backbone: str
    artifact_sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The mode and a sentence that says why."""

    mode: Mode
    why: str


def plan(target: Target, state: State | str | None, history: History | None, full: bool) -> Plan:
    """Choose before any row is read.

    `state` is the latest model's; None where there is no model, a sentence where it cannot be read. `history` is None
    where the state's snapshot is no longer kept, or is no ancestor of the target.
    """
    if full:
        return Plan(Mode.FULL, "asked for by --full")
    if state is None:
        return Plan(Mode.FULL, "there is no model yet")
    if isinstance(state, str):
        return Plan(Mode.FULL, f"the latest model's state cannot be used: {state}")
    other = _belongs_elsewhere(target, state)
    if other:
        return Plan(Mode.FULL, other)
    if history is None:
        return Plan(Mode.FULL, f"snapshot {state.snapshot_id} of the latest model has expired, or was rolled back")
    if history.has_delete_files:
        return Plan(Mode.FULL, "the table has row-level delete files, which Iceberg's changelog cannot read")
    chosen = Plan(Mode.INCREMENTAL, f"changes since snapshot {state.snapshot_id}")
    # So many are gone at the least: where that is too many already, the changes need not be read.
    return after_changes(chosen, state, max(0, history.rows_deleted - history.rows_added))


def _belongs_elsewhere(target: Target, state: State) -> str | None:
    if state.table != target.table:
        return f"the latest model's state is of table {state.table}"
    if (state.backbone, state.artifact_sha256) != (target.backbone, target.artifact_sha256):
        return f"the latest model's state is of artifact {state.artifact_sha256[:12]} ({state.backbone})"
    return None


def after_changes(chosen: Plan, state: State, deleted: int) -> Plan:
    """Choose again once the deletions are known: too many since the last full pass ask for one."""
    total = state.deleted_since_full + deleted
    if total > MAX_DELETED_SHARE * state.moments.count:
        share = f"{MAX_DELETED_SHARE:.0%} of {state.moments.count}"
        return Plan(Mode.FULL, f"{total} rows were deleted since the last full pass, more than {share}")
    return chosen
