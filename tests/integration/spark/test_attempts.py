"""Several attempts at one batch: what one has committed the next one keeps, and no photo ever has two rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyspark import TaskContext
from pyspark.sql import SparkSession

from contracts.errors import RetryLater
from contracts.photos.manifest import Photo, photo_id
from infra.samples.files.hostile import good_files
from spark_app.extract.frames import TaskTotals, extract, shares
from spark_app.extract.per_photo import PhotoSettings
from spark_app.lake import maintenance
from spark_app.network.engine import EngineSpec
from spark_app.stores.buckets import StoreSettings
from tests.fakes.failing_store import FailingStore
from tests.integration.spark.lake import Lake, assert_same

SMALL = 0.02
"""Seconds a chunk, of two task slots: two or three small photos."""


class KilledError(Exception):
    """The run is gone."""


def at(number: int, then: Callable[[], object]) -> Callable[[str], None]:
    """Do something once, when the run says that a chunk is committed."""
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == number:
            then()

    return say


def die() -> None:
    raise KilledError


@pytest.fixture
def failing(lake: Lake) -> Iterator[FailingStore]:
    with FailingStore.serving() as store:
        lake.store = StoreSettings("eu-west-3", endpoint=store.endpoint, timeout_seconds=20)
        yield store


def compact(lake: Lake) -> None:
    maintenance.compact(lake.spark, lake.table, "b")  # it joins files: a chunk must have two


def photos(failing: FailingStore, count: int) -> list[Photo]:
    good, made = good_files(), []
    for number in range(count):
        key, data = f"uploads/o1/apple/{number}.jpg", good[number % 3].data
        failing.put(key, data)
        made.append(Photo(photo_id("photos", key, None), "photos", key, len(data), "2026-11-23T10:00:00Z"))
    return made


def test_a_run_that_dies_keeps_its_chunks_and_the_next_one_works_on_the_rest_alone(
    lake: Lake, failing: FailingStore
) -> None:
    batch = photos(failing, 8)
    lake.run(batch, batch="whole")
    whole, lake.table = lake.rows(), f"{lake.table}_b"
    failing.requests.clear()

    with pytest.raises(KilledError):
        lake.run(batch, chunk_seconds=SMALL, progress=at(2, die))
    done = lake.rows()
    assert 0 < len(done) < len(batch)
    report = lake.run(batch, chunk_seconds=SMALL, results=True)

    assert (report.kept, report.features) == (len(done), len(batch) - len(done))
    assert report.chunks > 1
    assert failing.requests == Counter({photo.key: 1 for photo in batch})
    assert_same(whole, lake.rows(), atol=0)
    assert [one.outcome for one in lake.results()] == ["features"] * 8

    snapshot = lake.snapshot()
    report = lake.run(batch, results=True)
    assert (report.kept, report.chunks, report.features, lake.snapshot()) == (8, 0, 0, snapshot)
    assert failing.requests == Counter({photo.key: 1 for photo in batch})


def test_of_two_runs_at_once_one_wins_each_commit_and_nothing_doubles(lake: Lake, failing: FailingStore) -> None:
    batch = photos(failing, 6)
    other: list[Any] = []

    with pytest.raises(RetryLater, match="lost against another"):
        lake.run(batch, chunk_seconds=SMALL, progress=at(1, lambda: other.append(lake.run(batch))))

    assert len(lake.rows()) == 6
    assert (other[0].kept + other[0].features, lake.snapshot()) == (6, other[0].snapshot_id)
    assert lake.run(batch).kept == 6


def test_a_compaction_beside_a_chunk_costs_that_chunk_and_the_next_run_goes_on_from_there(
    lake: Lake, failing: FailingStore
) -> None:
    batch = photos(failing, 6)

    # Iceberg's validation takes files that were rewritten for rows that were changed: the commit loses, nothing else.
    with pytest.raises(RetryLater, match="lost against another"):
        lake.run(batch, partitions=2, chunk_seconds=SMALL, progress=at(1, lambda: compact(lake)))
    done = lake.rows()
    report = lake.run(batch, chunk_seconds=SMALL)

    assert (report.kept, report.features) == (len(done), 6 - len(done))
    rows = lake.rows()
    assert len(rows) == 6
    assert {name: rows[name] for name in done} == done


def test_what_a_task_left_out_is_told_once_though_the_task_was_tried_twice(spark: SparkSession) -> None:
    batch = [Photo(f"{n:032x}", "b", f"k{n}", 1, "2026-11-23T10:00:00Z") for n in range(6)]
    nowhere = StoreSettings("eu-west-3", endpoint="http://127.0.0.1:9", attempts=1)  # where nobody listens
    totals = TaskTotals.zero(spark)
    engine_spec = EngineSpec("left out", lambda _: NoEngine(), Payload())

    rows = extract(shares(spark, [batch[:3], batch[3:]]), PhotoSettings(nowhere, 8), engine_spec, totals)
    rows.mapInArrow(failing_at_first, rows.schema).write.format("noop").mode("overwrite").save()

    assert sorted(one.photo_id for one in totals.left_out.value) == sorted(photo.photo_id for photo in batch)
    assert totals.counts.value["unavailable"] == totals.counts.value["photos"] == 6


def failing_at_first(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches
    context = TaskContext.get()
    if context is not None and context.attemptNumber() == 0:
        raise KilledError


class Payload:
    value = b""


class NoEngine:
    batch_size, width = 1, 2

    def features(self, pixels: Any) -> Any:
        raise AssertionError(len(pixels))
