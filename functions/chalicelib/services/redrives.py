"""Redrive: give batches in quarantine all their attempts again, when a person asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.counts import Counts, GiveUpCount, RedriveCount
from chalicelib.domain.photo_counts import QUARANTINED
from chalicelib.domain.records import Batch, LedgerPhoto
from chalicelib.domain.states import BatchState
from chalicelib.services.endings import Endings
from chalicelib.services.photos import results_of
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
            stranded = [] if batch.state is BatchState.QUARANTINED else self._stranded(batch)
            if self.ledger.save(_redriven(batch), stranded, self.clock()):
                counts[RedriveCount.BATCHES_REDRIVEN] += 1
                counts[RedriveCount.PHOTOS_REDRIVEN] += len(stranded) or batch.photos
        if self.ledger.breaker().failed:
            self.endings.change_breaker(Breaker.after_success)

    def _stranded(self, batch: Batch) -> list[LedgerPhoto]:
        """Return the photos of a DONE batch that no run had a result for, with all their tries before them again.

        Without results, those are all: a run leaves alone what has a row.
        """
        results = results_of(self.endings.manifests, batch.batch_id) or {}
        released = {one.upload.photo_id for page in self.ledger.pages(batch.released) for one in page.photos}
        left = [one for one in self.ledger.photos_of(batch.batch_id) if one.upload.photo_id not in released]
        return [replace(one, releases=0) for one in left if one.upload.photo_id not in results]

    def _chosen(self, batch_id: str | None) -> Sequence[Batch]:
        if batch_id is None:
            return self.ledger.quarantined()
        batch = self.ledger.batch(batch_id)
        if batch is None:
            raise GiveUp(f"the ledger knows no batch {batch_id}", GiveUpCount.NO_SUCH_BATCH)
        if batch.state is not BatchState.QUARANTINED and not batch.counts.get(QUARANTINED):
            raise GiveUp(f"batch {batch_id} is {batch.state}", GiveUpCount.NOT_IN_QUARANTINE)
        return [batch]


def _redriven(batch: Batch) -> Batch:
    if batch.state is BatchState.QUARANTINED:
        return batch.moved(BatchState.READY, **_UNTRIED)
    left = {outcome: number for outcome, number in batch.counts.items() if outcome != QUARANTINED}
    return batch.changed(counts=left)
