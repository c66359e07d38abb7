"""Which row of a photo stays: features before a final rejection before one that may pass, then the latest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.photos.rejections import Rejection
from spark_app.repair.plan import MAY_PASS, Held, as_text, doubled_photos, removals

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def row(batch: str, rejection: str | None = None, hours: int = 0, photo: str = "p") -> Held:
    return Held(photo, batch, rejection, NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("rows", "stays"),
    [
        ([row("a", "unavailable"), row("b")], "b"),
        ([row("a"), row("b", "unavailable", hours=9)], "a"),
        ([row("a", "corrupt"), row("b", "exhausted", hours=9)], "a"),
        ([row("a", "corrupt", hours=9), row("b")], "b"),
        ([row("a"), row("b", hours=1)], "b"),
        ([row("a", "forbidden", hours=1), row("b", "unavailable")], "a"),
        ([row("a", "a_code_of_a_later_release"), row("b", "unavailable", hours=1)], "a"),
        ([Held("p", "a", None, None), row("b")], "b"),
        ([row("a"), row("b")], "b"),
    ],
)
def test_the_row_that_says_most_of_the_photo_stays(rows: list[Held], stays: str) -> None:
    (found,), (again,) = doubled_photos(rows), doubled_photos(rows[::-1])

    assert found == again
    assert found.stays.batch_id == stays
    assert sorted([found.stays, *found.goes], key=lambda one: one.batch_id) == rows


ROWS = st.builds(
    Held,
    st.sampled_from("pqr"),
    st.sampled_from("abcd"),
    st.sampled_from([None, "corrupt", "missing", *MAY_PASS]),
    st.sampled_from([NOW, NOW + timedelta(days=1)]),
)


@given(st.lists(ROWS, max_size=12))
def test_each_photo_keeps_one_row_and_no_better_one_goes(rows: list[Held]) -> None:
    found = doubled_photos(rows)

    photos = {one.photo_id for one in rows}
    assert sum(gone.total() for gone in removals(found).values()) == len(rows) - len(photos)
    for photo in found:
        assert all(one.worth <= photo.stays.worth for one in photo.goes)
        assert photo.stays.rejection is None or all(one.rejection is not None for one in photo.goes)


def test_the_codes_that_may_pass_are_those_of_the_contract() -> None:
    assert set(MAY_PASS) == {code.value for code in Rejection if code.retryable} == {
        "forbidden", "unavailable", "exhausted",
    }  # fmt: skip


def test_the_plan_is_a_table_of_rows_with_its_counts_below() -> None:
    rows = [row("a", "unavailable"), row("b"), row("a", "exhausted", photo="q"), row("c", "corrupt", photo="q")]

    lines = list(as_text(doubled_photos(rows)))

    assert [line.split() for line in lines[1:3]] == [
        ["p", "b", "features", "2026-11-27", "00:00:00", "stays"],
        ["a", "unavailable", "2026-11-27", "00:00:00", "goes"],
    ]
    assert lines[-1] == "2 photos with several rows; 2 rows to remove (1 exhausted, 1 unavailable) from 1 batches"
    assert list(as_text([]))[-1] == "0 photos with several rows; 0 rows to remove (none) from 0 batches"
