"""The month's brake as a person sees it: what runs have cost, up to where they may go on, and letting go."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib import settings
from chalicelib.aws.spending import DynamoSpending
from chalicelib.domain.budget import Budget, Month, month_name
from contracts.errors import GiveUp
from infra.ops.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Brake:
    """What a month's runs have cost, and the budget that they stand against."""

    month: Month
    budget: Budget

    @property
    def spent_eur(self) -> float:
        """What the runs have cost, in EUR."""
        return self.month.usd / self.budget.usd_per_euro

    @property
    def limit_eur(self) -> float:
        """Where the brake holds, in EUR."""
        return self.budget.limit_usd(self.month) / self.budget.usd_per_euro

    @property
    def holds(self) -> bool:
        """Whether it holds now."""
        return self.budget.holds(self.month)


def look(pipeline: Pipeline, now: datetime) -> Brake:
    """Return the brake as `submit` sees it."""
    return of_month(pipeline, month_name(now))


def of_month(pipeline: Pipeline, month: str) -> Brake:
    """Return what is counted of a month `YYYY-MM`, beside the budget of today."""
    return Brake(spending(pipeline).month(month), settings.budget(pipeline.submit_environment()))


def release(pipeline: Pipeline, until_eur: float | None, now: datetime) -> Brake:
    """Let runs of this month go on up to an amount; by default once more the budget beyond what is spent.

    Raises:
        GiveUp: the stack has no budget, or the amount is spent already.
    """
    before = look(pipeline, now)
    if not before.budget.limited:
        raise GiveUp("the stack has no budget (MonthlyBudgetEur is 0): nothing is held")
    until = before.spent_eur + before.budget.eur if until_eur is None else until_eur
    if until <= before.spent_eur:
        raise GiveUp(f"{before.spent_eur:.2f} EUR are spent already: say --until with more")
    spending(pipeline).release(month_name(now), until, now)
    return look(pipeline, now)


def spending(pipeline: Pipeline) -> DynamoSpending:
    """Return the counter of a deployed stack; nothing is read yet."""
    return DynamoSpending(pipeline.target.client("dynamodb"), pipeline.stack.ledger_table)
