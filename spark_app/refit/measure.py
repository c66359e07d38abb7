"""From a pinned snapshot to moments, and from moments to a model that is compared with the latest one."""

from dataclasses import dataclass

from pyspark.sql import SparkSession

from contracts import models
from contracts.errors import GiveUp
from spark_app.lake import changes
from spark_app.lake.changes import DELETED, INSERTED, TableSnapshot
from spark_app.models.store import Published
from spark_app.pca import drift, moments_state
from spark_app.pca.drift import Drift
from spark_app.pca.fit import FitOutcome, FitRefused, FitSettings, Model, decode_model, fit
from spark_app.pca.moments_state import State
from spark_app.refit import feature_pass
from spark_app.refit.artifacts import ArtifactRows
from spark_app.refit.feature_pass import Sums
from spark_app.refit.plan import FitTarget, Mode, RefitPlan, after_changes, plan_refit
from spark_app.refit.target_rows import TargetRows


@dataclass(frozen=True)
class Measured:
    """The moments of the target, and how they were obtained."""

    plan: RefitPlan
    state: State
    inserted: int
    deleted: int

    @property
    def nothing_new(self) -> bool:
        """Whether the latest model's state already described the target's rows."""
        return self.plan.mode is Mode.INCREMENTAL and not self.inserted and not self.deleted


def target_of(
    table: str, snapshot: TableSnapshot | None, found: list[ArtifactRows], wanted: str | None
) -> tuple[FitTarget, dict[str, int]]:
    """Choose the artifact: the wanted one, or that of the newest row.

    Also return how many rows of each other artifact are left out.

    Raises:
        FitRefused: `empty_table`: there is no row to fit.
    """
    chosen = [one for one in found if wanted in (None, one.artifact_sha256)]
    if snapshot is None or not chosen:
        of = f" of artifact {wanted}" if wanted else ""
        raise FitRefused(
            FitOutcome.EMPTY_TABLE, f"table {table} has no row with features{of}: run the extract job first"
        )
    artifact = chosen[0]
    left_out = {one.artifact_sha256: one.rows for one in found if one.artifact_sha256 != artifact.artifact_sha256}
    return FitTarget(
        table, snapshot.id, snapshot.sequence_number, artifact.rows, artifact.backbone, artifact.artifact_sha256
    ), left_out


def measure(spark: SparkSession, rows: TargetRows, latest: Published | None, full: bool) -> Measured:
    """Read the target's moments, incrementally where that is sound and cheaper.

    Raises:
        FitRefused: `not_finite`, naming the photo.
        GiveUp: other rows were read than the snapshot has.
    """
    target = rows.target
    state = _state_of(latest)
    past = None
    if isinstance(state, State) and state.table == target.table:
        past = changes.history(spark, target.table, state.snapshot_id, target.snapshot_id)
    plan = plan_refit(target, state, past, full)
    if plan.mode is Mode.INCREMENTAL and isinstance(state, State):
        found = _incremental(rows, state, plan)
        if found.plan.mode is Mode.INCREMENTAL:
            return found
        plan = found.plan
    sums = feature_pass.add_up(rows.all(), INSERTED)[INSERTED]
    if sums.moments.count != target.rows_in_table:
        raise GiveUp(
            f"{sums.moments.count} rows were read, the snapshot has {target.rows_in_table}: this is a fault of ours"
        )
    return Measured(plan, _state(target, sums, 0), sums.moments.count, 0)


def _state_of(latest: Published | None) -> State | str | None:
    if latest is None:
        return None
    try:
        return moments_state.decode(latest.read(models.STATE))
    except GiveUp as error:
        return str(error)  # a full pass needs no state, and it writes a sound one


def _incremental(rows: TargetRows, state: State, plan: RefitPlan) -> Measured:
    target = rows.target
    before = Sums(state.moments, state.classes)
    none = feature_pass.nothing(len(state.moments.mean))
    found: dict[str, Sums] = {}
    if state.snapshot_id != target.snapshot_id:
        found = _changes_since(rows, state.snapshot_id)
    inserted, deleted = found.get(INSERTED, none), found.get(DELETED, none)
    plan = after_changes(plan, state, deleted.moments.count)
    expected = before.moments.count + inserted.moments.count - deleted.moments.count
    if expected != target.rows_in_table:
        plan = RefitPlan(Mode.FULL, f"the changes lead to {expected} rows, the table has {target.rows_in_table}")
    if plan.mode is Mode.FULL:
        return Measured(plan, state, 0, 0)
    gone = state.deleted_since_full + deleted.moments.count
    sums = before.plus(inserted).minus(deleted)
    return Measured(plan, _state(target, sums, gone), inserted.moments.count, deleted.moments.count)


def _changes_since(rows: TargetRows, snapshot_id: int) -> dict[str, Sums]:
    came = rows.came_since(snapshot_id)
    if came is not None:
        return feature_pass.add_up(came, INSERTED)
    with rows.changed_since(snapshot_id) as changed:
        return feature_pass.add_up(changed)


def _state(target: FitTarget, sums: Sums, deleted_since_full: int) -> State:
    return State(
        target.table, target.snapshot_id, target.backbone, target.artifact_sha256, sums.moments, sums.classes,
        deleted_since_full,
    )  # fmt: skip


def fit_and_compare(state: State, settings: FitSettings, latest: Published | None) -> tuple[Model, Drift | None]:
    """Fit a model. If the latest one is of the same artifact, align the signs to it and compare the two.

    Raises:
        FitRefused: `empty_table`, `one_row`.
    """
    comparable = latest is not None and latest.card.artifact_sha256 == state.artifact_sha256
    if latest is None or not comparable:
        return fit(state.moments, settings), None
    previous = decode_model(latest.read(models.MODEL))
    model = fit(state.moments, settings, previous)
    return model, drift.compare(previous, model, state.moments)
