"""How many photos are in which state, from batches and pages. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from chalicelib.domain.records import Batch, Page
from chalicelib.domain.states import BatchState, PhotoState
from contracts.photos.results import FEATURES

QUARANTINED = "quarantined"
"""What a DONE batch counts its photos by that no run had a result for."""


def counts(batches: Iterable[Batch], pages: Iterable[Page]) -> Mapping[str, int]:
    """Count photos by state, and rejected ones by code too: "REJECTED corrupt".

    `pages`: those that wait, and those that a batch has taken whose own number of photos is not known yet. They are
    read after the batches, so what has happened in between is seen in pages alone, and counted once.
    """
    known = {batch.batch_id: batch for batch in batches}
    found: Counter[str] = Counter()
    for batch in known.values():
        found.update(_of_batch(batch))
    for page in pages:
        taker = known.get(str(page.batch_id))
        source = known.get(str(page.source))
        if taker is not None and taker.state is not BatchState.CLAIMING:
            continue  # the batch counts them
        if source is not None and source.revision < page.revision:
            continue  # the batch that let them go was read before, and counts them still
        found[PhotoState.CLAIMED if page.batch_id else PhotoState.WAITING] += len(page.photos)
    return {name: number for name, number in found.items() if number}


def _of_batch(batch: Batch) -> Mapping[str, int]:
    if batch.state is BatchState.QUARANTINED:
        return {PhotoState.QUARANTINED: batch.photos}
    if batch.state is not BatchState.DONE:
        return {PhotoState.CLAIMED: batch.photos}
    found: Counter[str] = Counter()
    for outcome, number in batch.counts.items():
        if outcome == QUARANTINED:
            found[PhotoState.QUARANTINED] += number
        elif outcome == FEATURES:
            found[PhotoState.DONE] += number
        else:
            found[PhotoState.REJECTED] += number
            found[f"{PhotoState.REJECTED} {outcome}"] += number
    return found
