"""A task's share: Arrow in, Arrow out, and never a row too few or too many."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contracts.photos.manifest import Photo, photo_id
from contracts.photos.results import Result
from spark_app.extract.per_photo import PhotoSettings, Row
from spark_app.extract.task import KEYS, ROWS, RowsLostError, run_share, share_of
from spark_app.network.engine import Engine, EngineSpec
from spark_app.stores.buckets import StoreSettings


class Payload:
    value = b""


def photos(count: int) -> list[Photo]:
    keys = [f"uploads/o/{number}.jpg" for number in range(count)]
    return [Photo(photo_id("b", key, None), "b", key, 10, "2026-11-23T10:00:00Z", owner_id="o") for key in keys]


def rows_of(given: list[Photo], *_: Any) -> Iterator[Row]:
    """Every third photo is rejected; of the others, photo n has the features n, n + 0.5."""
    for number, photo in enumerate(given):
        if number % 3 == 0:
            yield Row(photo.photo_id, rejection="corrupt")
        else:
            yield Row(photo.photo_id, features=np.array([number, number + 0.5], np.float32), width=4)


def one_fewer(given: list[Photo], *rest: Any) -> Iterator[Row]:
    return rows_of(given[:-1], *rest)


def one_more(given: list[Photo], *rest: Any) -> Iterator[Row]:
    yield from rows_of([*given, given[0]], *rest)


def run(given: list[Photo], how: Any = rows_of) -> tuple[pa.Table, Counter[str]]:
    counts: Counter[str] = Counter()
    engine_spec = EngineSpec("test", lambda _: _NoEngine(), Payload())
    share = pa.py_buffer(share_of(given))
    batches = list(run_share(share, PhotoSettings(StoreSettings(), 8), engine_spec, counts, [], how))
    return pa.Table.from_batches(batches, ROWS), counts


class _NoEngine:
    batch_size, width = 1, 2

    def features(self, pixels: Any) -> Any:
        raise AssertionError(len(pixels))


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 700])
def test_every_photo_keeps_its_keys_and_its_own_features_across_batch_borders(count: int) -> None:
    given = photos(count)

    table, counts = run(given)

    assert table.select(KEYS.names).to_pylist() == [
        {name: getattr(photo, name) for name in KEYS.names} for photo in given
    ]
    expected = [None if number % 3 == 0 else [number, number + 0.5] for number in range(count)]
    assert table["features"].to_pylist() == expected
    assert counts["features"] + counts["corrupt"] == count


def all_unavailable(given: list[Photo], *_: Any) -> Iterator[Row]:
    """Photo n is not to be had for a reason that may pass, but every fifth: that one is corrupt."""
    for number, photo in enumerate(given):
        yield Row(photo.photo_id, "apple", rejection="corrupt" if number % 5 == 0 else "unavailable")


@pytest.mark.parametrize("count", [1, 2, 256, 257, 700])
def test_a_rejection_that_may_pass_is_a_row_at_the_last_try_and_else_left_out_and_told(count: int) -> None:
    given = [replace(photo, last_try=number % 3 == 0) for number, photo in enumerate(photos(count))]
    counts, left_out = Counter[str](), list[Result]()
    engine_spec = EngineSpec("test", lambda _: _NoEngine(), Payload())
    share = pa.py_buffer(share_of(given))

    batches = list(run_share(share, PhotoSettings(StoreSettings(), 8), engine_spec, counts, left_out, all_unavailable))

    rows = pa.Table.from_batches(batches, ROWS).to_pylist()
    waiting = [photo for number, photo in enumerate(given) if number % 5 and not photo.last_try]
    assert left_out == [Result(photo.photo_id, "unavailable", "apple", row_written=False) for photo in waiting]
    final = [photo for photo in given if photo not in waiting]
    assert [(row["photo_id"], row["key"]) for row in rows] == [(photo.photo_id, photo.key) for photo in final]
    assert [row["rejection"] == "corrupt" for row in rows] == [given.index(photo) % 5 == 0 for photo in final]
    assert counts["unavailable"] + counts["corrupt"] == count


@pytest.mark.parametrize("how", [one_fewer, one_more])
def test_a_row_too_few_or_too_many_fails_the_task_before_any_commit(how: Any) -> None:
    with pytest.raises(RowsLostError):
        run(photos(10), how)


def test_features_are_one_contiguous_float32_buffer() -> None:
    table, _ = run(photos(10))

    vectors = table["features"].combine_chunks()

    assert vectors.type == pa.list_(pa.float32())
    assert len(vectors.flatten()) == 2 * (10 - 4)


def test_a_fake_engine_fits_the_engines_protocol() -> None:
    engine: Engine = _NoEngine()
    assert engine.batch_size == 1
