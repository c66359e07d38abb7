"""Which rows count as done, and how far back a photo's row may lie."""

import pytest

from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from contracts.photos.results import Result
from spark_app.extract.earlier import earliest, is_final, refuse_lost
from spark_app.extract.manifest import Batch, Malformed
from spark_app.extract.task import RowsLostError


def photo(received_at: str, name: str = "p") -> Photo:
    return Photo(name, "b", "k", 1, received_at)


@pytest.mark.parametrize("code", ["features", "a_code_of_a_later_release", *Rejection])
def test_what_may_pass_is_final_at_the_last_try_and_all_else_always(code: str) -> None:
    assert is_final(code, last_try=True)
    assert is_final(code, last_try=False) == (code not in ("unavailable", "forbidden", "exhausted"))


TIMES = [
    (["2026-11-23T10:00:00Z", "2026-11-24T09:00:00.5Z"], "20261122T100000"),
    (["2027-01-01T00:30:00Z"], "20261231T003000"),
    (["2026-11-23T10:00:00Z", "2026-02-31T10:00:00Z"], None),
    (["0003-01-02T00:00:00Z"], "00030101T000000"),
    (["0001-01-01T00:00:00Z"], None),
    ([], None),
]


@pytest.mark.parametrize(("times", "expected"), TIMES)
def test_no_batch_of_before_the_first_upload_is_asked_a_day_for_clocks_that_differ(
    times: list[str], expected: str | None
) -> None:
    assert earliest(Batch("b", tuple(photo(time) for time in times))) == expected


def test_an_entry_without_a_time_may_have_its_row_in_any_batch() -> None:
    batch = Batch("b", (photo("2026-11-23T10:00:00Z"),), (Malformed(3, "q", {}, "why"),))

    assert earliest(batch) is None


def test_names_of_batches_sort_by_the_second_they_were_made_in_and_odd_ones_after_them() -> None:
    floor = earliest(Batch("b", (photo("2026-11-23T10:00:00Z"),)))

    assert floor is not None
    assert [name >= floor for name in ("20261122T095959-f", "20261122T100000-0", "20261123T1", "first")] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("names", [["p"], ["p", "q", "q"], ["p", "r"], []])
def test_a_result_too_few_or_too_many_keeps_all_from_being_written(names: list[str]) -> None:
    batch = Batch("b", (photo("", "p"),), (Malformed(3, "q", {}, "why"),))
    refuse_lost(batch, [Result("q", "features"), Result("p", "features")])

    with pytest.raises(RowsLostError):
        refuse_lost(batch, [Result(name, "features") for name in names])
