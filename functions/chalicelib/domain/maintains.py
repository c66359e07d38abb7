"""When the tables are maintained: once a day at most, however often the schedule fires. Pure."""

from datetime import datetime

from chalicelib.domain.iceberg import TableState
from chalicelib.domain.payloads import MaintainOptions
from chalicelib.domain.plans import ATTEMPTS, Outcome, Plan
from chalicelib.domain.records import StandingJob
from chalicelib.domain.states import JobState


def plan(job: StandingJob | None, table: TableState | None, options: MaintainOptions, now: datetime) -> Plan | Outcome:
    """Decide on a run. `job` is the ledger's record, and none is at work. Days are those of UTC."""
    if table is None:
        return Outcome.NO_TABLE
    if table.current is None:
        return Outcome.NO_ROWS  # of a table that was emptied, old snapshots are still to go
    day = f"{now:%Y-%m-%d}"
    if job is not None and job.plan.subject == day and not options.again:
        if job.state is JobState.DONE:
            return Outcome.DONE_ALREADY
        if job.failures >= ATTEMPTS:
            return Outcome.GIVEN_UP
    return Plan(day, table.rows)
