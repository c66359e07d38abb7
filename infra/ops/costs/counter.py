"""What the brake has counted beside the bills of the same runs; and counting a month anew from its bills.

The brake weighs what the ledger has counted, run by run, as bills came. It is wrong after a hand in the ledger's table,
and after a run whose end nobody told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib import settings
from chalicelib.aws.spending import Day
from chalicelib.domain import costs
from chalicelib.domain.budget import month_name
from chalicelib.services.ports import ENDED
from contracts.errors import RetryLater
from contracts.prices.price_list import Prices
from infra.ops.costs import brake
from infra.ops.costs.brake import Brake
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import RunTimes

LITTLE_USD, LITTLE_SHARE = 0.05, 0.1
"""Counter and bills may be so far apart, whichever is more: bills come minutes late, and prices are refreshed."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's counter beside its bills. `unbilled`: runs of the month that have no bill yet. `now`: this month."""

    brake: Brake
    bills_usd: float
    bills: int
    unbilled: int
    now: bool

    @property
    def holds(self) -> bool:
        """Whether the brake holds; another month than this one holds nothing."""
        return self.now and self.brake.holds

    @property
    def apart_usd(self) -> float:
        """By how much the counter is above the bills; below 0: it lacks some."""
        return self.brake.month.usd - self.bills_usd

    @property
    def agrees(self) -> bool:
        """Whether counter and bills are no further apart than late bills explain."""
        return abs(self.apart_usd) <= max(LITTLE_USD, LITTLE_SHARE * self.bills_usd)

    def document(self) -> dict[str, Any]:
        """Return the member `brake` of `fruits costs --json`."""
        month, budget = self.brake.month, self.brake.budget
        return {
            "counted_usd": round(month.usd, 6),
            "counted_eur": round(self.brake.spent_eur, 6),
            "counted_runs": month.runs,
            "limit_eur": self.brake.limit_eur if budget.limited else None,
            "holds": self.holds,
            "bills_usd": round(self.bills_usd, 6),
            "bills": self.bills,
            "unbilled": self.unbilled,
            "agrees": self.agrees,
        }


def look(pipeline: Pipeline, month: str, runs: Sequence[RunTimes], now: datetime) -> Counted:
    """Return a month's counter beside the bills of the runs of it that are among `runs`."""
    of_month = [run for run in runs if _day(run).startswith(month)]
    days = of_bills(of_month, _prices(pipeline)).values()
    billed = sum(len(one.run_ids) for one in days)
    usd = sum(one.usd for one in days)
    return Counted(brake.of_month(pipeline, month), usd, billed, len(of_month) - billed, month == month_name(now))


def planned(pipeline: Pipeline, month: str, runs: Sequence[RunTimes]) -> list[tuple[Day, Day]]:
    """Return the days of a month that the bills of `runs` count otherwise: as each is, and as it would be."""
    after = of_bills([run for run in runs if _day(run).startswith(month)], _prices(pipeline))
    return list(changes(brake.spending(pipeline).days(month), after))


def recount(pipeline: Pipeline, plan: Sequence[tuple[Day, Day]]) -> None:
    """Write a plan. Raises RetryLater where a run was counted since it was made: nothing of that day is written."""
    spending = brake.spending(pipeline)
    for before, after in plan:
        if not spending.replace_day(before, after):
            raise RetryLater(f"a run of {before.day} was counted meanwhile: the same command again")


def of_bills(runs: Sequence[RunTimes], prices: Prices) -> dict[str, Day]:
    """Return what the bills of ended runs come to, by day, as the counter counts them. Pure."""
    found: dict[str, Day] = {}
    for run in runs:
        if run.state in ENDED and run.billed:
            had = found.get(_day(run), Day(_day(run), 0.0, frozenset()))
            usd = had.usd + costs.run_usd(run.billed, prices)
            found[had.day] = Day(had.day, usd, had.run_ids | {run.run_id})
    return found


def changes(before: Sequence[Day], after: Mapping[str, Day]) -> Iterator[tuple[Day, Day]]:
    """Yield the days that differ by a run or by a hundredth of a cent, as they are and as they would be. Pure."""
    known = {one.day: one for one in before}
    for day in sorted({*known, *after}):
        none = Day(day, 0.0, frozenset())
        was, becomes = known.get(day, none), after.get(day, none)
        if was.run_ids != becomes.run_ids or abs(was.usd - becomes.usd) > 1e-4:
            yield was, becomes


def _day(run: RunTimes) -> str:
    return f"{run.created_at.astimezone(UTC):%Y-%m-%d}"


def _prices(pipeline: Pipeline) -> Prices:
    return settings.prices(pipeline.submit_environment())
