"""When the tables are maintained: at most once a day, however often the job is triggered. Pure."""

from datetime import datetime

from chalicelib.domain.iceberg import TableState
from chalicelib.domain.payloads import MaintainOptions
from chalicelib.domain.plans import ATTEMPTS, RunPlan, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState


def plan(
    job: ScheduledJob | None, table: TableState | None, options: MaintainOptions, now: datetime
) -> RunPlan | TriggerOutcome:
    """Return a run's plan, or why none is needed. `job` is the ledger's record; no run is at work. Days are UTC."""
    if table is None:
        return TriggerOutcome.NO_TABLE
    if table.current is None:
        return TriggerOutcome.NO_ROWS  # an emptied table keeps its old snapshots
    day = f"{now:%Y-%m-%d}"
    if job is not None and job.plan.subject == day and not options.again:
        if job.state is JobState.DONE:
            return TriggerOutcome.DONE_ALREADY
        if job.failures >= ATTEMPTS:
            return TriggerOutcome.GIVEN_UP
    return RunPlan(day, table.rows)
