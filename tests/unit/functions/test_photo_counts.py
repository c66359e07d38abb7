"""Photos are counted once each, whatever moves between the look at the batches and the look at the pages."""

import pytest

from chalicelib.domain.photo_counts import counts
from chalicelib.domain.records import Batch, LedgerPhoto, Page
from chalicelib.domain.states import BatchState
from tests.fakes.functions import START
from tests.fakes.messages import upload

CLAIMING = Batch("b", BatchState.CLAIMING, START)
READY = CLAIMING.moved(BatchState.READY, photos=3)
RUNNING = READY.moved(BatchState.RUNNING)
DONE = RUNNING.moved(BatchState.DONE, counts={"features": 1, "corrupt": 1}, released=("p2",))


def page(photos: int, batch_id: str | None = None, source: str | None = None, revision: int = 0) -> Page:
    found = tuple(LedgerPhoto(upload(f"uploads/o/{n}.jpg"), START) for n in range(photos))
    return Page("p", found, batch_id, source, revision)


TAKEN = page(3, "b")
AGAIN = page(1, None, "b", DONE.revision)


@pytest.mark.parametrize(
    ("batches", "pages", "found"),
    [
        ([], [page(3)], {"WAITING": 3}),
        ([], [TAKEN], {"CLAIMED": 3}),  # the batch came after the look at batches
        ([CLAIMING], [page(2), TAKEN], {"WAITING": 2, "CLAIMED": 3}),
        ([READY], [TAKEN], {"CLAIMED": 3}),
        ([RUNNING], [], {"CLAIMED": 3}),  # the mark has passed its pages
        ([RUNNING], [TAKEN, AGAIN], {"CLAIMED": 3}),  # it was done after the look at batches
        ([DONE], [TAKEN, AGAIN], {"DONE": 1, "REJECTED": 1, "REJECTED corrupt": 1, "WAITING": 1}),
        (
            [DONE],
            [TAKEN, page(1, "c", "b", DONE.revision)],
            {"DONE": 1, "REJECTED": 1, "REJECTED corrupt": 1, "CLAIMED": 1},
        ),
        ([RUNNING.moved(BatchState.QUARANTINED)], [TAKEN], {"QUARANTINED": 3}),
        ([DONE.changed(counts={"features": 2, "quarantined": 1})], [TAKEN], {"DONE": 2, "QUARANTINED": 1}),
        ([CLAIMING.moved(BatchState.ABANDONED)], [page(0, "-")], {}),
    ],
)
def test_each_photo_is_counted_once(batches: list[Batch], pages: list[Page], found: dict[str, int]) -> None:
    assert counts(batches, pages) == found
