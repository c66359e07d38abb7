"""Pages: what they hold reads back, how large they are, and how many go into a batch."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws import page_items
from chalicelib.domain import batches
from chalicelib.domain.records import LedgerPhoto, Page
from chalicelib.domain.states import PhotoState
from chalicelib.services.photos import settlement
from contracts.photos.results import Result
from tests.fakes.functions import START
from tests.fakes.messages import upload

LATER = START + timedelta(hours=1)


def photos(count: int, key: str = "") -> list[LedgerPhoto]:
    return [LedgerPhoto(upload(f"uploads/o/{key}{n}.jpg"), START) for n in range(count)]


@given(
    key=st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()),
    owner=st.one_of(st.none(), st.text(max_size=5)),
    etag=st.one_of(st.none(), st.just("e")),
    releases=st.integers(0, 3),
    label=st.one_of(st.none(), st.just("Banana 1")),
    later=st.booleans(),
)
def test_a_photo_on_a_page_reads_back(
    key: str, owner: str | None, etag: str | None, releases: int, label: str | None, later: bool
) -> None:
    one = replace(upload(key), owner_id=owner or None, etag=etag, sequencer="" if later else "1")
    photo = LedgerPhoto(
        one, LATER if later else START, releases=releases, outcome="corrupt" if label else None, label=label
    )

    item = page_items.of_page(Page("20261124T080000-00", (photo,)))

    assert page_items.page(item).photos == (photo,)


def test_a_page_fits_into_an_item_however_long_the_keys() -> None:
    long = [replace(photo.upload, key="é" * 512 + photo.upload.key) for photo in photos(1_000)]

    chunks = list(page_items.chunks(long))

    assert [one for chunk in chunks for one in chunk] == long
    assert all(len(chunk) <= page_items.PAGE_PHOTOS for chunk in chunks)
    assert all(sum(len(one.key.encode()) for one in chunk) < 400_000 for chunk in chunks)


def test_the_same_release_has_the_same_pages_and_another_one_others() -> None:
    names = [[page.page_id for page in page_items.again(photos(6_000), "b", revision, START)] for revision in (3, 3, 4)]

    assert names[0] == names[1]
    assert not set(names[0]) & set(names[2])
    assert len(set(names[0])) == len(names[0]) > 1


def page(count: int, size_bytes: int = 0) -> Page:
    return Page("p", tuple(photos(count)), size_bytes=size_bytes)


@pytest.mark.parametrize(
    ("pages", "most", "taken"),
    [
        ([page(5)] * 4, 0, 0),
        ([page(5)] * 4, 12, 2),
        ([page(5)] * 4, 15, 3),
        ([page(20), page(1)], 10, 1),
        ([page(1), page(20), page(1)], 10, 1),
        ([page(1, 1_400_000)] * 4, 100, 2),
        ([page(1, 9_000_000)] * 2, 100, 1),
        ([page(1)] * 6_000, 9_999, 5_000),
    ],
)
def test_a_batch_takes_whole_pages_within_its_limits_and_the_first_one_in_any_case(
    pages: list[Page], most: int, taken: int
) -> None:
    assert batches.pages_to_take(pages, most) == pages[:taken]


@pytest.mark.parametrize(
    ("releases", "result", "state"),
    [
        (0, Result("x", "features"), PhotoState.DONE),
        (0, Result("x", "corrupt"), PhotoState.REJECTED),
        (3, Result("x", "unavailable"), PhotoState.REJECTED),
        (2, Result("x", "unavailable", row_written=False), PhotoState.WAITING),
        (2, None, PhotoState.WAITING),
        (3, None, PhotoState.QUARANTINED),
    ],
)
def test_a_row_is_an_end_and_what_has_none_waits_again_with_one_release_more(
    releases: int, result: Result | None, state: PhotoState
) -> None:
    photo = LedgerPhoto(upload(), START, PhotoState.CLAIMED, "b", releases)

    found = settlement(photo, result)

    assert found.state is state
    assert (found.batch_id, found.releases) == (
        (None, releases + 1) if state is PhotoState.WAITING else ("b", releases)
    )
