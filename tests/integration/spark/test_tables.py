"""The table: one commit replaces a batch, and of two runs of one batch exactly one wins."""

from threading import Barrier, Thread
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.errors import GiveUp, RetryLater
from spark_app.lake import tables
from tests.integration.spark.batches import counts, rows


def replace(spark: SparkSession, table: str, batch_id: str, count: int, mark: float = 1.0) -> int:
    since = tables.current_snapshot(spark, table)
    return tables.replace_batch(rows(spark, batch_id, count, mark), table, batch_id, since, uuid4().hex)


def test_running_a_batch_ten_times_leaves_one_copy_the_last(spark: SparkSession, table: str) -> None:
    replace(spark, table, "other", 2)

    for mark in range(10):
        replace(spark, table, "b", 3, float(mark))

    assert counts(spark, table) == {"other": 2, "b": 3}
    assert {tuple(r.features) for r in spark.table(table).where("batch_id = 'b'").collect()} == {(9.0, 9.0)}


def test_a_second_run_of_the_batch_that_began_before_the_first_committed_is_refused(
    spark: SparkSession, table: str
) -> None:
    replace(spark, table, "other", 1)
    since = tables.current_snapshot(spark, table)
    tables.replace_batch(rows(spark, "b", 3, 1.0), table, "b", since, "first")

    with pytest.raises(RetryLater, match="lost against another"):
        tables.replace_batch(rows(spark, "b", 3, 2.0), table, "b", since, "second")

    assert counts(spark, table) == {"other": 1, "b": 3}
    replace(spark, table, "b", 3, 3.0)  # an honest re-run is welcome
    assert counts(spark, table) == {"other": 1, "b": 3}


def test_red_twin_a_plain_append_by_the_late_run_doubles_the_batch(spark: SparkSession, table: str) -> None:
    tables.replace_batch(rows(spark, "b", 3, 1.0), table, "b", None, "first")

    rows(spark, "b", 3, 2.0).writeTo(table).append()

    assert counts(spark, table)["b"] == 6


def test_two_first_runs_of_one_batch_on_an_empty_table_leave_one_copy(spark: SparkSession, table: str) -> None:
    barrier, outcomes = Barrier(2, timeout=120), []

    def attempt(mark: float) -> None:
        barrier.wait()
        try:
            tables.replace_batch(rows(spark, "b", 3, mark), table, "b", None, f"run-{mark}")
            outcomes.append("won")
        except RetryLater:
            outcomes.append("lost")

    threads = [Thread(target=attempt, args=(float(mark),)) for mark in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost", "won"]
    assert counts(spark, table) == {"b": 3}


def test_batches_whose_ids_share_sixteen_characters_do_not_touch_each_other(spark: SparkSession, table: str) -> None:
    since = None
    for number in range(3):
        tables.replace_batch(
            rows(spark, f"2026-11-23-batch-{number}", 2), table, f"2026-11-23-batch-{number}", since, "r"
        )

    replace(spark, table, "2026-11-23-batch-1", 5)

    assert counts(spark, table) == {f"2026-11-23-batch-{n}": 5 if n == 1 else 2 for n in range(3)}


def test_a_replay_after_old_snapshots_expired_still_leaves_one_copy(spark: SparkSession, table: str) -> None:
    for number in range(3):
        replace(spark, table, f"b{number}", 2)
    short = table.removeprefix("fruits.")
    everything = "older_than => TIMESTAMP '2999-01-01', retain_last => 1"
    spark.sql(f"CALL fruits.system.expire_snapshots(table => '{short}', {everything})")

    replace(spark, table, "b0", 2, 9.0)

    assert counts(spark, table) == {"b0": 2, "b1": 2, "b2": 2}


def test_no_key_and_no_owner_stands_in_icebergs_own_statistics(spark: SparkSession, table: str) -> None:
    replace(spark, table, "b", 2)

    metrics = spark.table(f"{table}.files").select("readable_metrics.*")
    bounds = metrics.collect()[0].asDict(recursive=True)

    assert bounds["key"]["lower_bound"] is None
    assert bounds["owner_id"]["lower_bound"] is None
    assert bounds["batch_id"]["lower_bound"] == "b"


@pytest.mark.parametrize("name", ["photos", "lake.photos", "a.b.c; DROP TABLE x", "fruits.lake.ph'otos"])
def test_a_name_that_is_not_three_plain_parts_is_refused_before_any_statement(spark: SparkSession, name: str) -> None:
    with pytest.raises(GiveUp, match=r"give catalog\.database\.table"):
        tables.ensure_photos(spark, name)


def test_a_table_with_other_columns_is_refused(spark: SparkSession) -> None:
    name = f"fruits.lake.other_{uuid4().hex[:8]}"
    spark.sql(f"CREATE TABLE {name} (photo_id string) USING iceberg")

    with pytest.raises(GiveUp, match="has other columns"):
        tables.ensure_photos(spark, name)
