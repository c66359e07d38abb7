"""What the month's runs have cost, counted once a run, and what submit may still do with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.domain import costs
from chalicelib.domain.batches import paced
from chalicelib.domain.budget import Budget, Month, month_name
from chalicelib.services.endings import BILL_WITHIN
from chalicelib.services.ports import ENDED, Clock, Job, JobLedger, JobRun, JobRunner
from chalicelib.services.submit import Submitter
from contracts.jobs.names import SCHEDULED
from contracts.prices.price_list import Prices


class Spending(Protocol):
    """The cost of each month's runs, in USD."""

    def add(self, run_id: str, usd: float, day: datetime) -> bool:
        """Add a run's cost to its day; False if the run is counted there already."""

    def month(self, month: str) -> Month:
        """Return what the runs of a month `YYYY-MM` have cost so far, and how far a person has let them go on."""

    def release(self, month: str, until_eur: float, at: datetime) -> None:
        """Let runs of a month go on up to an amount. Each release is kept: when, and until which amount."""


@dataclass(frozen=True, slots=True)
class CountingRunner:
    """A job runner that counts what runs have cost: each ended run once, as soon as anybody sees its bill.

    Every end passes here, told by an event or asked for, and so does a bill that comes later. `prices` are those of the
    application's architecture.
    """

    runner: JobRunner
    spending: Spending
    prices: Prices
    clock: Clock

    def start(self, job: Job) -> str:
        """See `ports.JobRunner`."""
        return self.runner.start(job)

    def get_run(self, run_id: str) -> JobRun | None:
        """See `ports.JobRunner`. Raises RetryLater, too, if the cost cannot be written now."""
        run = self.runner.get_run(run_id)
        if run is not None and run.state in ENDED and run.billed:
            self.spending.add(run.run_id, costs.run_usd(run.billed, self.prices), run.created_at or self.clock())
        return run


@dataclass(frozen=True, slots=True)
class Budgeting:
    """Lets a submitter spend what the month's budget allows."""

    spending: Spending
    budget: Budget
    prices: Prices
    jobs: JobLedger
    runner: JobRunner
    """One that counts what runs have cost."""

    def applied(self, submitter: Submitter, now: datetime) -> Submitter:
        """Return the submitter with waits that the budget can pay; past the limit, one that holds batches."""
        month = self.spending.month(month_name(now))
        wait = self.budget.wait(month, costs.start_usd(self.prices), now)
        return replace(submitter, batching=paced(submitter.batching, wait), held=self.budget.holds(month))

    def ask_for_bills(self, now: datetime) -> None:
        """Ask for the bills of scheduled jobs' last runs that had none when they ended: a bill comes minutes later."""
        for kind in sorted(SCHEDULED):
            job = self.jobs.job(kind)
            if job is None or job.run is None or job.run.state not in ENDED or job.run.billed is not None:
                continue
            if now - job.run.started_at > BILL_WITHIN:
                continue
            found = self.runner.get_run(job.run.run_id)
            if found is not None and found.billed:
                billed = replace(job.run, billed=dict(found.billed), seconds=found.seconds)
                self.jobs.keep(job.changed(run=billed))

    def month_usd(self, now: datetime) -> float:
        """Return what this month's runs have cost so far, in USD."""
        return self.spending.month(month_name(now)).usd
