"""`fruits upload --wait` is over when its own photos are at their end, whoever uploads beside it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from chalicelib.domain.records import LedgerPhoto, Upload
from chalicelib.domain.states import PhotoState
from contracts.errors import RetryLater
from infra.ops.own_photos import ENDS, wait_for_rows
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import StackState
from infra.ops.uploads import Uploaded

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EMPTY = StackState(0, 0, {}, [])


def uploaded(key: str) -> Uploaded:
    return Uploaded(Path(key), "b", key, "1", "e", 1, NOW, None, "me")


class FakePipeline:
    """A ledger in which each look brings the next photos to an end."""

    pause = 2.0

    def __init__(self, *looks: dict[str, PhotoState]) -> None:
        self.looks, self.ledger = list(looks), dict[str, PhotoState]()
        self.asked = 0

    def state(self) -> StackState:
        self.ledger |= self.looks.pop(0) if self.looks else {}
        return EMPTY

    def photo(self, _: str, key: str, version_id: str) -> LedgerPhoto | None:
        assert version_id == "1"
        self.asked += 1
        upload = cast(Upload, None)
        return LedgerPhoto(upload, NOW, self.ledger[key]) if key in self.ledger else None


def waited(pipeline: FakePipeline, keys: str, within: float = 1e9) -> list[Any]:
    seen: list[Any] = []
    photos = [uploaded(key) for key in keys]
    wait_for_rows(cast(Pipeline, pipeline), photos, seen.append, within=within, sleep=lambda _: None)
    return seen


def test_it_is_over_when_each_of_its_own_is_at_its_end() -> None:
    done, quarantined, claimed = PhotoState.DONE, PhotoState.QUARANTINED, PhotoState.CLAIMED
    pipeline = FakePipeline({"x": done, "a": claimed}, {"a": done, "c": done}, {"b": quarantined})

    assert len(waited(pipeline, "abc")) == 3


def test_what_waits_is_not_asked_for_again_and_again() -> None:
    letters = "abcdefghij"
    pipeline = FakePipeline({}, {}, {}, dict.fromkeys(letters, PhotoState.REJECTED))

    waited(pipeline, letters)

    assert pipeline.asked == 3 + len(letters)


def test_a_photo_that_never_comes_is_given_up_in_time() -> None:
    with pytest.raises(RetryLater, match="up to 2 of 3 photos"):
        waited(FakePipeline({"c": PhotoState.DONE}), "abc", within=-1.0)


def test_a_photo_is_at_its_end_where_nothing_moves_it_but_a_person() -> None:
    assert set(PhotoState) - ENDS == {PhotoState.WAITING, PhotoState.CLAIMED}
