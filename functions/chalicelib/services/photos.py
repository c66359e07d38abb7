"""What has become of a photo: its page says which batch has it, and the batch's results say the rest."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from chalicelib.domain.batches import RELEASES
from chalicelib.domain.records import LedgerPhoto, Page
from chalicelib.domain.states import PHOTO_MOVES, BatchState, PhotoState, refuse_illegal_move
from chalicelib.services.ports import Ledger, ManifestStore
from contracts.photos.results import FEATURES, Result, decode

ResultsOf: TypeAlias = Callable[[str], Mapping[str, Result] | None]
"""Returns a batch's results by photo id; None if there are none that can be read."""


def find_photo(ledger: Ledger, results: ResultsOf, photo_id: str) -> LedgerPhoto | None:
    """Return a photo as it is now; None if it is not registered. For people: it needs a batch's whole results.

    Raises:
        RetryLater, GiveUp: the ledger or the store did not answer, or refused.
    """
    page = ledger.page_of(photo_id)
    while page is not None:
        photo = next(one for one in page.photos if one.upload.photo_id == photo_id)
        if page.batch_id is None:
            return photo
        photo, then = _in_batch(ledger, results, photo, page.batch_id)
        if then is None:
            return photo
        page = then
    return None


def _in_batch(ledger: Ledger, results: ResultsOf, photo: LedgerPhoto, batch_id: str) -> tuple[LedgerPhoto, Page | None]:
    """Return a photo as its batch has it, and the page on which it waits again, if the batch has let it go."""
    taken = replace(photo, state=PhotoState.CLAIMED, batch_id=batch_id)
    batch = ledger.batch(batch_id)
    if batch is not None and batch.state is BatchState.QUARANTINED:
        return replace(taken, state=PhotoState.QUARANTINED), None
    if batch is None or batch.state is not BatchState.DONE:
        return taken, None
    photo_id = photo.upload.photo_id
    released = next((page for page in ledger.pages(batch.released) if page.lists(photo_id)), None)
    if released is not None:
        return taken, released
    outcomes = results(batch_id)
    if outcomes is None:  # they are older than S3 keeps them
        return replace(taken, state=PhotoState.DONE), None
    found = settlement(taken, outcomes.get(photo_id))
    # It was not let go: without a result it has to be redriven.
    return replace(found, state=PhotoState.QUARANTINED) if found.state is PhotoState.WAITING else found, None


def settlement(photo: LedgerPhoto, result: Result | None) -> LedgerPhoto:
    """Return what becomes of a batch's photo when the batch is DONE.

    The run decides which photos are final: those that have a row. A second try would give such a photo a second row.
    """
    if result is None:  # the job has left it out, though its manifest names it
        patient = photo.releases < RELEASES
        return _moved(photo, PhotoState.WAITING) if patient else _moved(photo, PhotoState.QUARANTINED)
    found = replace(photo, outcome=result.outcome, label=result.label or photo.label)
    if not result.row_written:
        return _moved(found, PhotoState.WAITING)
    return _moved(found, PhotoState.DONE if result.outcome == FEATURES else PhotoState.REJECTED)


def _moved(photo: LedgerPhoto, state: PhotoState) -> LedgerPhoto:
    refuse_illegal_move(PhotoState.CLAIMED, state, PHOTO_MOVES)
    if state is not PhotoState.WAITING:
        return replace(photo, state=state)
    return replace(photo, state=state, batch_id=None, releases=photo.releases + 1)


def results_of(manifests: ManifestStore, batch_id: str) -> dict[str, Result] | None:
    """Return a batch's results by photo id; None if there are none that can be read."""
    written = manifests.results(batch_id)
    try:
        return None if written is None else {result.photo_id: result for result in decode(written)}
    except ValueError:
        return None
