"""Chunks: every photo in one, in order, none longer than it may be; and a normal batch is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.photos.costs import cpu_seconds
from contracts.photos.manifest import Photo
from spark_app.extract.chunks import SECONDS, cut

SIZES = st.lists(st.tuples(st.integers(0, 60_000_000), st.sampled_from(["jpg", "heic"])), max_size=60)


def photo(size_bytes: int, ending: str = "jpg") -> Photo:
    return Photo("p", "b", f"k.{ending}", size_bytes, "2026-11-23T10:00:00Z")


def cost(photos: list[Photo]) -> float:
    return sum(cpu_seconds(one.key, one.size_bytes) for one in photos)


@given(SIZES, st.integers(1, 16), st.floats(0.01, 100))
def test_chunks_are_the_photos_in_order_and_each_keeps_its_share_but_for_a_last_photo(
    sizes: list[tuple[int, str]], slots: int, seconds: float
) -> None:
    photos = [photo(*size) for size in sizes]

    chunks = cut(photos, slots, seconds)

    assert [one for chunk in chunks for one in chunk] == photos
    assert all(chunks)
    heaviest = max((cost([one]) for one in photos), default=0)
    assert all(cost(chunk) <= slots * seconds + heaviest + 1e-6 for chunk in chunks)


@pytest.mark.parametrize("slots", [2, 4, 16])
def test_ten_thousand_small_photos_are_one_chunk_and_one_commit(slots: int) -> None:
    assert [len(chunk) for chunk in cut([photo(7_000)] * 10_000, slots, SECONDS)] == [10_000]


def test_six_thousand_heics_of_a_phone_on_two_slots_are_several_of_equal_size() -> None:
    sizes = [len(chunk) for chunk in cut([photo(1_800_000, "heic")] * 6_000, 2, SECONDS)]

    assert len(sizes) == 6  # 3,330 seconds of CPU, 600 a chunk
    assert max(sizes) - min(sizes) <= 1


def test_nothing_to_do_is_no_chunk() -> None:
    assert cut([], 2, SECONDS) == []
