"""Maintenance on real Spark and real Iceberg: fewer files, a shorter past, no orphans, and the same rows."""

import json
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from spark_app import maintain_job
from spark_app.lake import orphans, tables
from spark_app.maintain_job import Arguments
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.upkeep import DAY, NOW, content, folder_of, maintain, orphan, put, snapshots


def test_each_batch_ends_in_one_file_with_the_same_rows_and_a_second_time_nothing_is_left_to_do(
    spark: SparkSession, table: str
) -> None:
    for batch in ("a", "b", "c"):
        put(spark, table, batch, mark=float(ord(batch)))
    before = content(spark, table)

    first = maintain(spark, table)
    current = tables.current_snapshot(spark, table)
    again = maintain(spark, table)

    assert (first.files_before, first.files_after, first.batches_compacted) == (12, 3, 3)
    assert first.bytes_after < first.bytes_before == first.bytes_rewritten
    assert content(spark, table) == before
    assert (again.files_before, again.batches_compacted, again.bytes_rewritten) == (3, 0, 0)
    assert tables.current_snapshot(spark, table) == current


def test_replaced_snapshots_expire_with_their_files_and_the_current_one_stays_however_old(
    spark: SparkSession, table: str
) -> None:
    for mark in range(3):
        put(spark, table, "b", mark=float(mark), files=1)
    before = content(spark, table)
    files = list((folder_of(spark, table) / "data").glob("*.parquet"))

    report = maintain(spark, table, NOW + 365 * DAY)

    assert report.snapshots_expired == 2
    assert snapshots(spark, table) == {tables.current_snapshot(spark, table)}
    assert content(spark, table) == before
    assert len(files) == 3
    assert len(list((folder_of(spark, table) / "data").glob("*.parquet"))) == 1


def test_orphans_older_than_three_days_go_and_younger_ones_and_all_other_tables_files_stay(
    spark: SparkSession, table: str
) -> None:
    put(spark, table, "b")
    before = content(spark, table)
    folder = folder_of(spark, table)
    old = [orphan(folder, f"{part}/old", timedelta(days=3, hours=1)) for part in ("data", "metadata")]
    young = orphan(folder, "data/young", timedelta(days=2, hours=23))
    neighbour = orphan(folder.with_name(f"{folder.name}_2"), "data/old", timedelta(days=30))
    for file in folder.rglob("*"):  # the table's own files may be as old as they like
        if file.is_file() and file != young:
            os.utime(file, (0, 0))

    report = maintain(spark, table)

    assert report.orphans_removed == 2
    assert [path.exists() for path in (*old, young, neighbour)] == [False, False, True, True]
    assert content(spark, table) == before
    put(spark, table, "b")


def test_a_table_that_is_not_there_is_named_and_a_further_one_may_be_absent_before_the_first_refit(
    spark: SparkSession, table: str
) -> None:
    put(spark, table, "b")
    nowhere = f"fruits.lake.nowhere_{uuid4().hex[:8]}"

    with pytest.raises(GiveUp, match=f"table {nowhere} is not there"):
        maintain_job.run(spark, Arguments((nowhere, table), StoreSettings()), NOW)
    report = maintain_job.run(spark, Arguments((table, nowhere), StoreSettings()), NOW)

    assert (report.absent, list(report.tables)) == ([nowhere], [table])


def test_a_table_without_any_row_yet_is_maintained_too(spark: SparkSession, table: str) -> None:
    assert maintain(spark, table).files_after == 0


def test_the_last_line_says_what_was_done_and_a_missing_table_ends_with_exit_code_65(
    spark: SparkSession, table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(spark, table, "b")
    old = orphan(tmp_path / "00000001-0a1b2c3d", "model.npz", timedelta(days=4))

    done = maintain_job.main(["--tables", table, "--models", str(tmp_path)])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    missing = maintain_job.main(["--tables", "fruits.lake.nowhere"])

    assert done == 0
    assert (told["outcome"], told["tables"][table]["batches_compacted"]) == ("done", 1)
    assert told["tables"][table]["seconds"].keys() == {"compact", "expire", "orphans"}
    assert (told["versions_swept"], told["model_files_removed"], old.exists()) == (["00000001-0a1b2c3d"], 1, False)
    assert missing == 65


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--orphan-days", "2"], "'2' is no number of days from 3"),
        (["--keep-days", "0"], "'0' is no number of days from 1"),
        (["--keep-days", "week"], "'week' is no number of days from 1"),
    ],
)
def test_days_that_would_lose_files_of_runs_under_way_are_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        maintain_job.parse(["--tables", "a.b.c", *arguments])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_the_room_itself_refuses_to_take_young_files_for_orphans(spark: SparkSession, table: str) -> None:
    with pytest.raises(GiveUp, match="may be files of a commit under way"):
        orphans.remove(spark, table, timedelta(days=2, hours=23), NOW)
