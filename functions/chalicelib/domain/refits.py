"""When the PCA is fitted again: once for each state of the rows, if no model has seen them. Pure."""

from chalicelib.domain.iceberg import TableState
from chalicelib.domain.payloads import RefitOptions
from chalicelib.domain.plans import ATTEMPTS, RunPlan, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState
from contracts.models import Pointer


def plan(
    job: ScheduledJob | None, table: TableState | None, model: Pointer | None, options: RefitOptions
) -> RunPlan | TriggerOutcome:
    """Decide on a run. `job` is the ledger's record, and none is at work; `model` is the latest one.

    Options asked for by hand are a run, whatever was fitted or has failed before. Without rows there is none at all.
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
            if job.state is JobState.DONE:  # a model was there already, or somebody took it away
                return TriggerOutcome.DONE_ALREADY
            if job.failures >= ATTEMPTS:
                return TriggerOutcome.GIVEN_UP
    return RunPlan(subject, table.rows, options.arguments())


def written_by(table: TableState) -> int | None:
    """Return the snapshot that wrote the current rows: a compaction after it is no other subject."""
    return list(table.same_rows())[-1] if table.current is not None else None


def has_seen(model: Pointer, table: TableState) -> bool:
    """Say whether the model was fitted on the rows that the table has now.

    It was if it names one of the snapshots that hold them, or a later one than the one that wrote them: after a
    rollback the pointer does not go back, and a run for nothing would end as `superseded`.
    """
    snapshots = list(table.same_rows())
    wrote = table.snapshots.get(snapshots[-1])
    known = wrote is not None and wrote.sequence_number <= model.sequence_number
    return model.snapshot_id in snapshots or known
