"""Tables in which an earlier release left several rows of a photo: one each, in a commit that wins or loses whole."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.errors import GiveUp, RetryLater
from contracts.tables.photos import PHOTOS
from spark_app import repair_job
from spark_app.lake import maintenance, tables
from spark_app.repair import doubles
from spark_app.repair.plan import doubled_photos, removals
from spark_app.repair_job import Arguments, RepairReport
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.batches import counts, rows
from tests.integration.spark.gallery import Gallery, some_features
from tests.integration.spark.newer_release import NEW

T0 = datetime(2026, 11, 20, 12, tzinfo=UTC)

Photos = dict[str, str | None]


def made(spark: SparkSession, batch: str, photos: Photos, hours: int = 0) -> DataFrame:
    """A batch of photos, each with features or a rejection, as an earlier release wrote it."""
    plain = rows(spark, batch, len(photos)).withColumn("number", F.substring_index("photo_id", "-", -1).cast("int"))
    names = [(number, name, code) for number, (name, code) in enumerate(photos.items())]
    named = spark.createDataFrame(names, "number int, photo string, code string")
    joined = plain.join(F.broadcast(named), "number").withColumns(
        {
            "photo_id": F.col("photo"),
            "rejection": F.col("code"),
            "features": F.when(F.col("code").isNull(), F.col("features")),
            "extracted_at": F.lit(T0 + timedelta(hours=hours)),
        }
    )
    return joined.select(*(column.name for column in PHOTOS.columns))


def put(spark: SparkSession, table: str, batch: str, photos: Photos, hours: int = 0) -> int:
    since = tables.current_snapshot(spark, table)
    return tables.replace_batch(made(spark, batch, photos, hours).repartition(2), table, batch, since, uuid4().hex)


def doubled(spark: SparkSession, table: str) -> None:
    """Three batches that know photos of each other, one that knows none of theirs, and one that loses all it has."""
    put(spark, table, "a", {"p": "unavailable", "q": None, "r": "exhausted", "own a": None})
    put(spark, table, "b", {"p": None, "r": "forbidden", "own b": "corrupt"}, hours=1)
    put(spark, table, "c", {"q": "unavailable", "r": "corrupt"}, hours=2)
    put(spark, table, "d", {"own d": None})
    put(spark, table, "e", {"p": "exhausted"}, hours=3)


ONCE = {
    ("p", "b", None), ("q", "a", None), ("r", "c", "corrupt"), ("own a", "a", None), ("own b", "b", "corrupt"),
    ("own d", "d", None),
}  # fmt: skip


def found(spark: SparkSession, table: str) -> Counter[tuple[str, str, str | None]]:
    read = spark.table(table).select("photo_id", "batch_id", "rejection").collect()
    return Counter((row.photo_id, row.batch_id, row.rejection) for row in read)


def repaired(spark: SparkSession, table: str, plan: bool = False) -> tuple[RepairReport, list[str]]:
    lines: list[str] = []
    return repair_job.run(spark, Arguments(table, StoreSettings(), plan), uuid4().hex, lines.append), lines


def test_the_plan_names_every_row_and_changes_nothing(spark: SparkSession, table: str) -> None:
    doubled(spark, table)
    before, snapshot = found(spark, table), tables.current_snapshot(spark, table)

    report, lines = repaired(spark, table, plan=True)

    assert (report.photos_doubled, report.rows_to_remove, report.batches) == (3, 5, 4)
    assert (report.rows_removed, report.snapshot_id) == (0, None)
    assert [line.split()[-1] for line in lines[1:-1]] == [
        "stays",
        "goes",
        "goes",
        "stays",
        "goes",
        "stays",
        "goes",
        "goes",
    ]
    assert lines[1].split()[:3] == ["p", "b", "features"]
    assert found(spark, table) == before
    assert tables.current_snapshot(spark, table) == snapshot


def test_one_commit_leaves_one_row_a_photo_and_no_file_with_the_rows_of_two_batches(
    spark: SparkSession, table: str
) -> None:
    doubled(spark, table)
    before, whole = tables.current_snapshot(spark, table), spark.table(table).where("photo_id = 'q'").collect()

    report, _ = repaired(spark, table)
    again, _ = repaired(spark, table)

    assert found(spark, table) == dict.fromkeys(ONCE, 1)
    snapshot = tables.iceberg(spark, table).currentSnapshot()
    assert (report.rows_removed, report.snapshot_id) == (5, int(snapshot.snapshotId()))
    assert int(snapshot.parentId()) == before
    assert spark.table(table).where("photo_id = 'q'").collect() == [row for row in whole if row.batch_id == "a"]
    assert maintenance.mixed(maintenance.data_files(spark, table)) == []
    assert (again.photos_doubled, again.rows_removed, again.snapshot_id) == (0, 0, None)
    for batch in "abc":  # each can be replaced as before
        put(spark, table, batch, {f"new {batch}": None})
    assert counts(spark, table) == dict.fromkeys("abcd", 1)


def test_red_twin_one_partition_for_all_batches_makes_a_file_that_no_batch_can_be_replaced_in(
    spark: SparkSession, table: str
) -> None:
    doubled(spark, table)
    removals, since = plan_of(spark, table)
    rest = spark.table(table).where("batch_id IN ('a', 'b') AND photo_id NOT IN ('p', 'r')").coalesce(1)

    tables.replace_batches(rest, table, ["a", "b"], since, "r")

    assert len(maintenance.mixed(maintenance.data_files(spark, table))) == 1
    with pytest.raises(RetryLater):
        put(spark, table, "a", {"own a": None})
    with pytest.raises(GiveUp, match="a file holds rows of batch a and of others"):
        doubles.remove(spark, table, removals, since, "r")


def plan_of(spark: SparkSession, table: str) -> tuple[dict[str, "Counter[str]"], int]:
    since = tables.current_snapshot(spark, table)
    assert since is not None
    return removals(doubled_photos(doubles.held(spark, table, since))), since


def test_a_run_of_one_of_its_batches_that_commits_meanwhile_wins_and_the_repair_loses_whole(
    spark: SparkSession, table: str
) -> None:
    doubled(spark, table)
    removals, since = plan_of(spark, table)
    put(spark, table, "c", {"q": None, "r": None}, hours=9)
    meanwhile = found(spark, table)

    with pytest.raises(RetryLater, match="4 batches: the commit lost"):
        doubles.remove(spark, table, removals, since, "late")

    assert found(spark, table) == meanwhile
    repaired(spark, table)
    assert set(found(spark, table).values()) == {1}


def test_a_run_that_began_before_the_repair_is_refused_and_one_of_another_batch_is_not(
    spark: SparkSession, table: str
) -> None:
    doubled(spark, table)
    removals, since = plan_of(spark, table)
    put(spark, table, "other", {"own other": None})

    doubles.remove(spark, table, removals, since, "repair")

    with pytest.raises(RetryLater):
        tables.replace_batch(made(spark, "a", {"p": "unavailable"}), table, "a", since, "late")
    assert found(spark, table) == dict.fromkeys(ONCE | {("own other", "other", None)}, 1)


def test_rows_of_one_photo_within_one_batch_are_one_too(spark: SparkSession, table: str) -> None:
    put(spark, table, "a", {"p": "unavailable", "own": None})
    for code, hours in ((None, 1), ("corrupt", 2), (None, 3)):
        made(spark, "a", {"p": code}, hours).writeTo(table).append()

    report, _ = repaired(spark, table)

    assert report.rows_removed == 3
    assert found(spark, table) == {("p", "a", None): 1, ("own", "a", None): 1}
    kept = spark.table(table).where("photo_id = 'p'").select(F.unix_seconds("extracted_at")).first()
    assert kept is not None
    assert kept[0] == int((T0 + timedelta(hours=3)).timestamp())


def test_a_table_that_a_newer_release_has_widened_is_repaired_with_its_columns(spark: SparkSession, table: str) -> None:
    put(spark, table, "a", {"p": "unavailable", "own": None})
    tables.ensure_table(spark, table, NEW)
    put(spark, table, "b", {"p": None})

    repaired(spark, table)

    assert found(spark, table) == {("own", "a", None): 1, ("p", "b", None): 1}
    assert "camera" in spark.table(table).columns


def test_a_refit_goes_on_after_a_repair(spark: SparkSession, tmp_path: Path) -> None:
    gallery = Gallery(spark, tmp_path)
    gallery.put("a", some_features(1, 200))
    gallery.put("late", some_features(2, 1))
    spark.table(gallery.table).where("photo_id = 'a-0007'").withColumn("batch_id", F.lit("again")).writeTo(
        gallery.table
    ).append()
    twice = gallery.refit()

    report, _ = repaired(spark, gallery.table)
    once = gallery.refit()

    assert (twice.n, report.rows_removed) == (202, 1)
    assert (once.mode, once.rows_deleted, once.n) == ("incremental", 1, 201)


def test_the_last_line_says_how_many_rows_were_removed_and_a_missing_table_ends_with_exit_code_65(
    spark: SparkSession, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(spark, table, "a", {"p": "unavailable"})
    put(spark, table, "b", {"p": None})

    planned = repair_job.main(["--table", table, "--plan"])
    shown = capsys.readouterr().out.splitlines()
    done = repair_job.main(["--table", table])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    missing = repair_job.main(["--table", "fruits.lake.nowhere"])

    assert (planned, done, missing) == (0, 0, 65)
    assert "1 photos with several rows; 1 rows to remove" in shown[-2]
    first = json.loads(shown[-1])
    assert (first["outcome"], first["rows_to_remove"], first["rows_removed"]) == ("planned", 1, 0)
    assert (told["outcome"], told["rows_removed"]) == ("done", 1)
