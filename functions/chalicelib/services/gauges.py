"""Measure what waits, runs and is in quarantine: once a minute, whether anything happens or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain import metrics
from chalicelib.domain.metrics import Values
from chalicelib.domain.records import Page
from chalicelib.services.ports import Clock, Ledger


@dataclass(frozen=True, slots=True)
class Gauges:
    """The use case. `at_most`: how many waiting photos are counted."""

    ledger: Ledger
    clock: Clock
    at_most: int

    def read(self, month_cost_usd: float, seen: Sequence[Page] | None = None) -> Values:
        """Read the ledger and return the gauges' values. `seen`: the pages that wait, where they were just read.

        Raises:
            RetryLater, GiveUp: as the ledger's methods do.
        """
        waiting = self.ledger.waiting(self.at_most) if seen is None else seen
        batches = self.ledger.open_batches()
        quarantined = len(self.ledger.quarantined())
        return metrics.gauges(waiting, batches, quarantined, month_cost_usd, self.clock())
