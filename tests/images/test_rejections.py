import pickle
from pathlib import Path

import pytest

from contracts.photos.rejections import Rejection, as_markdown

TABLE = Path(__file__).parents[2] / "docs" / "rejections.md"


def test_the_documented_code_table_is_the_one_in_force() -> None:
    assert as_markdown() in TABLE.read_text()


@pytest.mark.parametrize("code", Rejection)
def test_a_code_is_its_own_text_and_survives_the_way_to_a_worker_and_back(code: Rejection) -> None:
    assert Rejection(str(code)) is pickle.loads(pickle.dumps(code)) is code  # noqa: S301 - our own bytes
    assert code == code.value == code.name.lower()


def test_only_the_world_may_change_its_mind() -> None:
    assert {code for code in Rejection if code.retryable} == {
        Rejection.FORBIDDEN,
        Rejection.UNAVAILABLE,
        Rejection.EXHAUSTED,
    }


@pytest.mark.parametrize("code", Rejection)
def test_each_code_is_explained_in_one_sentence(code: Rejection) -> None:
    assert code.meaning.endswith(".")
    assert "." not in code.meaning[:-1]
