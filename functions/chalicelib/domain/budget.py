"""The month's budget: how far runs may spend it, and how long photos wait so that it lasts. Pure.

A month is one of UTC. Money is USD without VAT, as AWS bills; the budget itself is EUR.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RUNS_SHARE = 0.25
"""The share of the budget that runs of waiting photos may spend by themselves. The rest is for what nobody can put
off: requests, ledger, queue and storage of a million photos (docs/costs.md)."""


def month_name(moment: datetime) -> str:
    """Return a month as `YYYY-MM`."""
    return f"{moment:%Y-%m}"


def month_end(moment: datetime) -> datetime:
    """Return the first moment of the next month."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Month:
    """What the runs of a month have cost so far."""

    usd: float = 0.0
    runs: int = 0
    released_until_eur: float = 0.0
    """A person lets runs go on up to this amount; 0 where nobody has."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The month's budget in EUR, and the percentage of it at which the brake holds. 0 EUR: no budget, no brake."""

    eur: float
    brake_percent: float
    usd_per_euro: float

    @property
    def limited(self) -> bool:
        """Whether there is a budget."""
        return self.eur > 0

    def limit_usd(self, month: Month) -> float:
        """Return what the month's runs may cost before the brake holds."""
        return max(self.eur * self.brake_percent / 100, month.released_until_eur) * self.usd_per_euro

    def holds(self, month: Month) -> bool:
        """Return whether the brake holds: no batch is made, and none is started."""
        return self.limited and month.usd >= self.limit_usd(month)

    def wait(self, month: Month, run_usd: float, now: datetime) -> timedelta | None:
        """Return how far apart runs must be so that the runs' share lasts until the month's end; None: it is spent.

        `run_usd`: what one run of few photos costs. Idle days leave money, and later photos wait less.
        """
        if not self.limited:
            return timedelta(0)
        left = self.eur * RUNS_SHARE * self.usd_per_euro - month.usd
        return (month_end(now) - now) * (run_usd / left) if left > 0 else None
