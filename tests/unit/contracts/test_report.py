"""The closing report: what an entry point writes, the functions can read; anything else is a ValueError and no more."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import GiveUp, RetryLater
from contracts.jobs.report import DONE, GIVE_UP, RETRY_LATER, Closing, decode, encode

texts = st.text(st.characters(codec="utf-8"))


@given(texts, st.integers(), texts, st.dictionaries(texts, st.integers() | texts))
def test_what_is_written_is_read_whatever_stands_beside_it(
    outcome: str, code: int, error: str, more: dict[str, int | str]
) -> None:
    told = {**more, "outcome": outcome, "exit_code": code, "error": error}

    assert decode(encode(told)) == Closing(outcome, code, error)


def test_a_success_says_only_what_it_is() -> None:
    assert decode(encode({"outcome": "done", "photos": 10})) == Closing(DONE, 0, "")


@pytest.mark.parametrize(("family", "name"), [(RetryLater, RETRY_LATER), (GiveUp, GIVE_UP)])
def test_the_families_of_the_jobs_have_their_names_here(family: type[RetryLater | GiveUp], name: str) -> None:
    assert family("why").to_dict() == {"outcome": name}


@given(st.binary())
def test_other_bytes_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  JSON's own errors are of this family too
        decode(data)


@pytest.mark.parametrize(
    "told",
    [
        [],
        None,
        "done",
        {"outcome": "done", "exit_code": 0},
        {"exit_code": 0, "error": ""},
        {"outcome": 1, "exit_code": 0, "error": ""},
        {"outcome": "done", "exit_code": "0", "error": ""},
        {"outcome": "done", "exit_code": True, "error": ""},
        {"outcome": "done", "exit_code": 0, "error": None},
    ],
)
def test_other_json_is_a_value_error(told: object) -> None:
    with pytest.raises(ValueError, match="no closing report"):
        decode(json.dumps(told).encode())
