"""Moments from a real Iceberg table: exact, of one pinned snapshot, the same full or by its changes."""

import os
import random
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.errors import GiveUp
from spark_app.lake import changes
from spark_app.lake.changes import DELETED, INSERTED
from spark_app.lake.data_files import READ
from spark_app.pca.fit import FitOutcome, FitRefused
from spark_app.refit.artifacts import artifacts_at, counted
from spark_app.refit.feature_pass import Sums, add_up, nothing
from spark_app.refit.reading import MAX_TASKS, RowsBySpark
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.gallery import ARTIFACT, WIDTH, Gallery, assert_same_moments, some_features


def full(rows: DataFrame, slots: int = 2) -> Sums:
    return add_up(RowsBySpark(rows, slots), INSERTED)[INSERTED]


def at(gallery: Gallery, snapshot_id: int) -> DataFrame:
    return changes.features_at(gallery.spark, gallery.table, snapshot_id)


def changed(gallery: Gallery, since: int, until: int) -> dict[str, Sums]:
    with changes.changed_rows(gallery.spark, gallery.table, since, until) as rows:
        return add_up(RowsBySpark(rows, 2, (*READ, "change")))


def test_on_1_2_7_and_16_partitions_the_moments_are_the_same(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 300), labels=[f"fruit {n % 3}" for n in range(300)])
    pinned = gallery.put("c", some_features(2, 100))
    expected = gallery.expected()

    for partitions in (1, 2, 7, 16):
        found = full(at(gallery, pinned).repartition(partitions), slots=16)

        assert_same_moments(found.moments, expected, 1e-12)
        assert found.classes.labels == ("fruit 0", "fruit 1", "fruit 2")
        assert found.classes.counts.tolist() == [100, 100, 100]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_by_its_changes_is_the_same_as_in_full_after_any_history(gallery: Gallery, seed: int) -> None:
    draw = random.Random(seed)
    pinned = gallery.put("b0", some_features(seed, 200), labels=[draw.choice("ab") for _ in range(200)])
    sums = full(at(gallery, pinned))
    for _ in range(3):
        for step in draw.sample(STEPS, 3):
            step(gallery, draw)
        now = changes.pin(gallery.spark, gallery.table)
        assert now is not None

        found = changed(gallery, pinned, now.id)
        sums = sums.plus(found.get(INSERTED, nothing(WIDTH))).minus(found.get(DELETED, nothing(WIDTH)))

        whole = full(at(gallery, now.id))
        assert_same_moments(sums.moments, whole.moments)
        assert sums.classes.labels == whole.classes.labels
        assert sums.classes.counts.tolist() == whole.classes.counts.tolist()
        np.testing.assert_allclose(sums.classes.sums, whole.classes.sums, rtol=1e-9)
        pinned = now.id


def append(gallery: Gallery, draw: random.Random) -> None:
    count = draw.randint(1, 40)
    labels = [draw.choice(["a", "b", "only here", None]) for _ in range(count)]
    gallery.put(f"b-{draw.random()}", some_features(draw.randint(10, 10**6), count), labels)


def replace(gallery: Gallery, draw: random.Random) -> None:
    count = draw.randint(150, 220)
    gallery.put("b0", some_features(draw.randint(10, 10**6), count), labels=["a"] * count)


def replace_with_the_same(gallery: Gallery, draw: random.Random) -> None:
    for _ in range(draw.randint(2, 3)):
        gallery.put("fixed", some_features(5, 20), labels=["b"] * 20)


def delete(gallery: Gallery, draw: random.Random) -> None:
    gallery.delete(f"photo_id LIKE '%{draw.randint(0, 9)}'")


def delete_a_batch(gallery: Gallery, draw: random.Random) -> None:
    gallery.delete(f"batch_id = '{draw.choice(['fixed', 'b0'])}'")


def compact(gallery: Gallery, _: random.Random) -> None:
    gallery.compact()


STEPS = (append, replace, replace_with_the_same, delete, delete_a_batch, compact)


def test_every_task_slot_gets_its_share_of_the_files(gallery: Gallery) -> None:
    for number in range(5):
        pinned = gallery.put(f"b{number}", some_features(number, 10))

    def of_two_tasks(rows: DataFrame) -> list[int]:
        counted = rows.coalesce(2).groupBy(F.spark_partition_id()).count().collect()
        return sorted(row["count"] for row in counted)

    assert of_two_tasks(at(gallery, pinned)) == [20, 30]
    assert of_two_tasks(gallery.spark.table(gallery.table)) == [10, 40]  # the red twin: Iceberg's own splits


def test_a_compaction_is_no_change(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10))
    before = gallery.put("c", some_features(2, 10))

    gallery.compact()

    after = changes.pin(gallery.spark, gallery.table)
    assert after is not None
    assert after.id != before
    assert changed(gallery, before, after.id) == {}
    past = changes.history(gallery.spark, gallery.table, before, after.id)
    assert past is not None
    assert (past.rows_added, past.rows_deleted) == (0, 0)


def test_rows_that_came_and_went_in_between_or_came_again_as_they_were_are_no_change(gallery: Gallery) -> None:
    before = gallery.put("b", some_features(1, 10))

    gallery.put("c", some_features(2, 10))
    gallery.delete("batch_id = 'c'")
    after = gallery.put("b", some_features(1, 10))

    assert changed(gallery, before, after) == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None])
def test_a_row_that_is_not_finite_is_named_by_its_photo(gallery: Gallery, value: float | None) -> None:
    rows = some_features(1, 30).tolist()
    rows[17][3] = value
    schema = "photo_id string, label string, features array<float>"
    frame = gallery.spark.createDataFrame([(f"p{n:02d}", None, row) for n, row in enumerate(rows)], schema)

    with pytest.raises(FitRefused, match="photo p17 ") as refused:
        full(frame)

    assert refused.value.outcome is FitOutcome.NOT_FINITE


def test_infinities_that_cancel_are_seen(gallery: Gallery) -> None:
    rows = some_features(1, 4).tolist()
    rows[1][0], rows[2][0] = float("inf"), float("-inf")
    schema = "photo_id string, label string, features array<float>"
    frame = gallery.spark.createDataFrame([(f"p{n}", None, row) for n, row in enumerate(rows)], schema)

    with pytest.raises(FitRefused, match="photo p1 "):
        full(frame)


@pytest.mark.parametrize(("odd", "said"), [([1.0] * 7, "7 features"), (None, "no features")])
def test_a_row_of_another_width_or_without_features_is_named(
    gallery: Gallery, odd: list[float] | None, said: str
) -> None:
    schema = "photo_id string, label string, features array<float>"
    frame = gallery.spark.createDataFrame([("p0", None, [1.0] * 8), ("p1", None, odd)], schema).coalesce(1)

    with pytest.raises(GiveUp, match=f"photo p1: .*{said}"):
        full(frame, slots=1)


def test_a_row_of_another_width_is_named_in_a_later_batch_too(gallery: Gallery) -> None:
    gallery.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "2")
    schema = "photo_id string, label string, features array<float>"
    given = [(f"p{n}", None, [1.0] * (8 if n < 4 else 7)) for n in range(6)]

    with pytest.raises(GiveUp, match="photo p4: 7 features, 8 in the row before"):
        full(gallery.spark.createDataFrame(given, schema).coalesce(1), slots=1)
    gallery.spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")


def test_no_rows_are_no_sums_and_rejections_are_no_rows(gallery: Gallery) -> None:
    pinned = gallery.put("b", [None, None])

    assert add_up(RowsBySpark(at(gallery, pinned), 2), INSERTED) == {}


def test_the_newest_rows_artifact_comes_first_and_each_is_counted(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 5), artifact="b" * 64)
    pinned = gallery.put("c", some_features(2, 3), hours=1)

    found = artifacts_at(gallery.spark, gallery.table, pinned, StoreSettings())

    assert [(one.artifact_sha256, one.rows) for one in found] == [(ARTIFACT, 3), ("b" * 64, 5)]
    columns = ("artifact_sha256", "backbone", "extracted_at")
    assert counted(RowsBySpark(at(gallery, pinned), 2, columns)) == found


def test_an_expired_or_unknown_snapshot_has_no_history(gallery: Gallery) -> None:
    first = gallery.put("b", some_features(1, 5))
    last = gallery.put("c", some_features(2, 5))
    assert changes.history(gallery.spark, gallery.table, first, last) is not None
    assert changes.history(gallery.spark, gallery.table, 12345, last) is None

    gallery.forget_the_past()

    assert changes.history(gallery.spark, gallery.table, first, last) is None


def test_a_snapshot_that_was_rolled_back_is_no_ancestor(gallery: Gallery) -> None:
    first = gallery.put("b", some_features(1, 5))
    undone = gallery.put("c", some_features(2, 5))
    name = gallery.table.removeprefix("fruits.")
    gallery.spark.sql(f"CALL fruits.system.rollback_to_snapshot('{name}', {first})")
    last = gallery.put("d", some_features(3, 5))

    assert changes.history(gallery.spark, gallery.table, undone, last) is None


def test_blas_runs_one_thread_a_task_slot(spark: SparkSession) -> None:
    def threads(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        list(batches)
        yield pa.RecordBatch.from_arrays([pa.array([os.environ.get("OMP_NUM_THREADS")])], names=["threads"])

    assert spark.range(1).mapInArrow(threads, "threads string").collect()[0].threads == "1"


def test_the_driver_gets_a_bounded_number_of_states(gallery: Gallery) -> None:
    rows = at(gallery, gallery.put("b", some_features(1, 200))).repartition(40)

    found = full(rows, slots=40)

    assert found.moments.count == 200
    stage = max(gallery.spark.sparkContext.statusTracker().getJobIdsForGroup())
    job = gallery.spark.sparkContext.statusTracker().getJobInfo(stage)
    assert job is not None
    last = gallery.spark.sparkContext.statusTracker().getStageInfo(max(job.stageIds))
    assert last is not None
    assert last.numTasks <= MAX_TASKS
