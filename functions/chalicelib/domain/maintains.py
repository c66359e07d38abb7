"""When the tables are maintained: once a day at most, however often the schedule fires. Pure."""

from datetime import datetime

from chalicelib.domain.iceberg import TableState
from chalicelib.domain.payloads import MaintainOptions
from chalicelib.domain.plans import ATTEMPTS, RunPlan, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState


def plan(
    job: ScheduledJob | None, table: TableState | None, options: MaintainOptions, now: datetime
) -> RunPlan | TriggerOutcome:
    """Decide on a run. `job` is the ledger's record, and none is at work. Days are those of UTC."""
    if table is None:
        return TriggerOutcome.NO_TABLE
    if table.current is None:
        return TriggerOutcome.NO_ROWS  # of a table that was emptied, old snapshots are still to go
    day = f"{now:%Y-%m-%d}"
    if job is not None and job.plan.subject == day and not options.again:
        if job.state is JobState.DONE:
            return TriggerOutcome.DONE_ALREADY
        if job.failures >= ATTEMPTS:
            return TriggerOutcome.GIVEN_UP
    return RunPlan(day, table.rows)
