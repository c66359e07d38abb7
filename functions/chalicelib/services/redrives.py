"""Redrive: give batches in quarantine all their attempts again, when a person asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.counts import Counts, GiveUpCount, RedriveCount
from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState, PhotoState
from chalicelib.services.endings import Endings
from chalicelib.services.ports import Clock, Ledger
from contracts.errors import GiveUp

_UNTRIED: Mapping[str, Any] = MappingProxyType(
    {"failures": 0, "spared": 0, "refusals": 0, "not_before": None, "reason": ""}
)
"""What a batch says of itself that was never tried."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """The use case. It may be repeated: it continues where an earlier call was cut short."""

    ledger: Ledger
    endings: Endings
    clock: Clock

    def redrive(self, batch_id: str | None, counts: Counts) -> None:
        """Redrive one batch, or with None all in quarantine, and close the breaker.

        A batch keeps its name and its manifest. The next run's commit replaces what an earlier run has committed, or
        still commits, so no photo gets a second row. Only photos whose batch is done wait for another batch.

        Raises:
            GiveUp: `no_such_batch`, or `not_in_quarantine`.
            RetryLater: the ledger did not answer. Calling again continues.
        """
        for batch in self._chosen(batch_id):
            state = PhotoState.CLAIMED if batch.state is BatchState.QUARANTINED else PhotoState.WAITING
            photos = self.ledger.photos_of(batch.batch_id, PhotoState.QUARANTINED)
            counts[RedriveCount.PHOTOS_REDRIVEN] += self.ledger.reopen(batch.batch_id, photos, state, self.clock())
            counts[RedriveCount.BATCHES_REDRIVEN] += self.ledger.save(_redriven(batch))
        if self.ledger.breaker().failed:
            self.endings.change_breaker(Breaker.after_success)

    def _chosen(self, batch_id: str | None) -> Sequence[Batch]:
        if batch_id is None:
            return self.ledger.quarantined()
        batch = self.ledger.batch(batch_id)
        if batch is None:
            raise GiveUp(f"the ledger knows no batch {batch_id}", GiveUpCount.NO_SUCH_BATCH)
        if batch.state is not BatchState.QUARANTINED and not batch.counts.get("quarantined"):
            raise GiveUp(f"batch {batch_id} is {batch.state}", GiveUpCount.NOT_IN_QUARANTINE)
        return [batch]


def _redriven(batch: Batch) -> Batch:
    if batch.state is BatchState.QUARANTINED:
        return batch.moved(BatchState.READY, **_UNTRIED)
    left = {outcome: number for outcome, number in batch.counts.items() if outcome != "quarantined"}
    return batch.changed(counts=left)
