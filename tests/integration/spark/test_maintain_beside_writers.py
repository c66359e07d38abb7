"""Maintenance beside extract runs: replays, and commits that are under way, keep every promise."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from pyspark import TaskContext
from pyspark.sql import SparkSession

from contracts.errors import RetryLater
from spark_app.lake import maintenance, orphans, tables
from tests.contract.emr import eventually
from tests.integration.spark.batches import counts, rows
from tests.integration.spark.upkeep import DAY, NOW, content, folder_of, made_at, maintain, put


def test_a_batch_is_replayed_after_a_compaction_and_after_an_expiry_and_there_is_one_copy(
    spark: SparkSession, table: str
) -> None:
    for batch in ("a", "b", "c"):
        put(spark, table, batch)
    maintain(spark, table)

    put(spark, table, "b", mark=2.0)
    maintain(spark, table, NOW + 30 * DAY)
    put(spark, table, "a", mark=3.0)

    assert counts(spark, table) == {"a": 8, "b": 8, "c": 8}
    marks = {(batch, features[0]) for _, batch, features in content(spark, table)}
    assert marks == {("a", 3.0), ("b", 2.0), ("c", 1.0)}


def test_red_twin_a_compaction_across_batches_makes_them_impossible_to_replay(spark: SparkSession, table: str) -> None:
    for batch in ("a", "b", "c"):
        put(spark, table, batch)
    name = table.removeprefix("fruits.")
    spark.sql(f"CALL fruits.system.rewrite_data_files(table => '{name}', options => map('rewrite-all', 'true'))")

    with pytest.raises(RetryLater):
        put(spark, table, "b", mark=2.0)

    report = maintain(spark, table)
    assert (report.mixed_files, report.batches_compacted) == (1, 0)


def test_a_replay_that_began_before_its_batch_was_compacted_is_refused_and_the_next_one_leaves_one_copy(
    spark: SparkSession, table: str
) -> None:
    put(spark, table, "b")
    since = put(spark, table, "other")
    maintain(spark, table)

    with pytest.raises(RetryLater, match="lost against another"):
        tables.replace_batch(rows(spark, "b", 8, 2.0), table, "b", since, "late")
    tables.replace_batch(rows(spark, "new", 8, 2.0), table, "new", since, "late, and of another batch")
    put(spark, table, "b", mark=3.0)

    assert counts(spark, table) == {"b": 8, "new": 8, "other": 8}


def test_replays_and_compactions_of_one_batch_at_once_end_with_one_copy_of_the_last(
    spark: SparkSession, table: str
) -> None:
    put(spark, table, "b", mark=0.0)
    outcomes: list[str] = []
    barrier = Barrier(2, timeout=120)

    def replay() -> None:
        for mark in range(1, 5):
            barrier.wait()
            try:
                put(spark, table, "b", mark=float(mark))
                outcomes.append(f"{mark}")
            except RetryLater:
                outcomes.append("refused")

    writer = Thread(target=replay)
    writer.start()
    for _ in range(4):
        barrier.wait()
        maintenance.compact(spark, table, "b")
    writer.join()

    assert len(outcomes) == 4
    assert counts(spark, table) == {"b": 8}
    won = [float(one) for one in outcomes if one != "refused"]
    assert {features[0] for _, _, features in content(spark, table)} == {max(won, default=0.0)}


def test_a_snapshot_made_long_ago_and_replaced_this_week_can_still_be_read_and_committed_from(
    spark: SparkSession, table: str
) -> None:
    since = put(spark, table, "a", files=1)
    second = put(spark, table, "a", mark=2.0, files=1)
    put(spark, table, "b", files=1)

    report = maintain(spark, table, made_at(spark, table, second) + 7 * DAY - timedelta(milliseconds=1))

    assert report.snapshots_expired == 0
    assert tables.rows_at(spark, table, since).first().features == [1.0, 1.0]  # type: ignore[union-attr]
    tables.replace_batch(rows(spark, "c", 2), table, "c", since, "late")
    assert counts(spark, table) == {"a": 8, "b": 8, "c": 2}


def test_red_twin_after_it_has_expired_it_can_neither_be_read_nor_committed_from(
    spark: SparkSession, table: str
) -> None:
    since = put(spark, table, "a", files=1)
    put(spark, table, "a", mark=2.0, files=1)
    last = put(spark, table, "b", files=1)

    report = maintain(spark, table, made_at(spark, table, last) + 7 * DAY)

    assert report.snapshots_expired == 2
    with pytest.raises(Exception, match="Cannot find snapshot"):
        tables.rows_at(spark, table, since).collect()
    with pytest.raises(RetryLater):
        tables.replace_batch(rows(spark, "c", 2), table, "c", since, "late")


@contextmanager
def slow_writer(spark: SparkSession, table: str, fifo: Path) -> Iterator[None]:
    """A batch `slow` of two tasks: for the length of the `with`, one has written its file and the other has not."""
    data = folder_of(spark, table) / "data"
    before = set(data.glob("*.parquet"))
    columns = spark.table(table).schema

    def task(batches: Iterable[Any]) -> Iterator[Any]:
        context = TaskContext.get()
        for batch in batches:
            if batch.num_rows and context is not None and context.partitionId() == 1:
                fifo.read_bytes()
            yield batch

    parts = rows(spark, "slow", 1).union(rows(spark, "slow", 2).where("photo_id = 'slow-1'"))
    made = parts.coalesce(2).mapInArrow(task, columns)
    since = tables.current_snapshot(spark, table)
    writer = Thread(target=tables.replace_batch, args=(made, table, "slow", since, "slow"))
    writer.start()
    try:
        eventually(lambda: set(data.glob("*.parquet")) - before, "the first task's file")
        yield
    finally:
        fifo.write_bytes(b"go on")
        writer.join()


def test_a_writer_that_is_under_way_loses_nothing(spark: SparkSession, table: str, fifo: Path) -> None:
    put(spark, table, "a")
    with slow_writer(spark, table, fifo):
        maintain(spark, table)

    assert counts(spark, table) == {"a": 8, "slow": 2}
    assert sum(content(spark, table).values()) == 10


def test_red_twin_without_the_three_days_the_writer_under_way_loses_its_files(
    spark: SparkSession, table: str, fifo: Path
) -> None:
    put(spark, table, "a")
    yesterday = timedelta(days=-1)
    with slow_writer(spark, table, fifo):
        orphans.remove(spark, table, yesterday, NOW, youngest=yesterday)

    with pytest.raises(Exception, match=r"does not exist|FileNotFound|NotFoundException"):
        content(spark, table)
