"""When the PCA is fitted again: once for each state of the rows that no model has seen. Pure."""

from datetime import datetime

from chalicelib.domain.iceberg import REPLACE, TableState
from chalicelib.domain.payloads import RefitOptions
from chalicelib.domain.plans import ATTEMPTS, RunPlan, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState
from contracts.models import Pointer


def plan(
    job: ScheduledJob | None, table: TableState | None, model: Pointer | None, options: RefitOptions
) -> RunPlan | TriggerOutcome:
    """Return the plan of a run, or why none is needed. `job` is the ledger's record; no run is at work.

    `model` points to the latest model. With options by hand a run starts, whatever was fitted or has failed before.
    Without rows no run starts at all.
    """
    if table is None:
        return TriggerOutcome.NO_TABLE
    if not table.rows:
        return TriggerOutcome.NO_ROWS
    subject = str(written_by(table))
    if not options.asked:
        if model is not None and has_seen(model, table):
            return TriggerOutcome.NOTHING_CHANGED
        if job is not None and job.plan.subject == subject:
            if job.state is JobState.DONE:  # the run found a model, or its model was deleted since
                return TriggerOutcome.DONE_ALREADY
            if job.failures >= ATTEMPTS:
                return TriggerOutcome.GIVEN_UP
    return RunPlan(subject, table.rows, options.arguments())


def written_by(table: TableState) -> int | None:
    """Return the snapshot that wrote the current rows. A later compaction does not change the answer."""
    return list(table.snapshots_with_same_rows())[-1] if table.current is not None else None


def has_seen(model: Pointer, table: TableState) -> bool:
    """Return whether the model was fitted on the current rows of the table, or on later ones.

    It was if it names one of the snapshots with these rows, or a later snapshot than the one that wrote them. The
    latter happens after a rollback: the pointer does not move back, so a run would end as `superseded`.
    """
    snapshots = list(table.snapshots_with_same_rows())
    wrote = table.snapshots.get(snapshots[-1])
    known = wrote is not None and wrote.sequence_number <= model.sequence_number
    return model.snapshot_id in snapshots or known


def hours_behind(job: ScheduledJob | None, model: Pointer | None, table: TableState | None, now: datetime) -> float:
    """Return for how many hours the table has had rows that the latest model was not fitted on; 0 if it knows all.

    A refit that is DONE has seen all rows, and may have found nothing to fit: rejections alone make no new model.

    The age of a model says less: it grows as well while nothing is uploaded. Of snapshots that have expired nobody
    knows, so the number is a lower bound then.
    """
    if table is None or not table.rows or (model is not None and has_seen(model, table)):
        return 0.0
    if job is not None and job.state is JobState.DONE and job.plan.subject == str(written_by(table)):
        return 0.0
    fitted = 0 if model is None else model.sequence_number
    news = [one.at for one in table.snapshots.values() if one.operation != REPLACE and one.sequence_number > fitted]
    return max(0.0, (now - min(news, default=now)).total_seconds() / 3600)
