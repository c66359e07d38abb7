"""A run's name leads back to what it works on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.batches import batch_id
from contracts.jobs.names import Kind, RunName, read
from tests.fakes.functions import START

NAMES = [
    ("20261124T080000-ab/2", RunName(Kind.EXTRACT, "20261124T080000-ab", 2)),
    ("refit/8000000000000000001/1", RunName(Kind.REFIT, "8000000000000000001", 1)),
    ("maintain/2026-11-24/3", RunName(Kind.MAINTAIN, "2026-11-24", 3)),
    ("repair/20261127T223000/1", RunName(Kind.REPAIR, "20261127T223000", 1)),
    ("doctor/20261127T223000/1", RunName(Kind.DOCTOR, "20261127T223000", 1)),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_is_written_and_read(text: str, name: RunName) -> None:
    assert read(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    "text", ["", "a", "a/", "/1", "a/b", "a/b/1", "refit//1", "refit/1/1/1", "a/1\n", "a/٣", "a/-1"]
)
def test_another_name_is_not_ours(text: str) -> None:
    assert read(text) is None


@given(st.text(max_size=40))
def test_no_name_is_too_strange_to_be_read(text: str) -> None:
    found = read(text)

    assert found is None or int(text.rpartition("/")[2]) == found.attempt


def test_no_batch_is_named_like_a_scheduled_job() -> None:
    assert batch_id(START, "refit") not in {kind.value for kind in Kind}
