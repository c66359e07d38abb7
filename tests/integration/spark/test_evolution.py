"""Releases that know other columns: each reads and writes what the other has made, and no data is lost between them."""

from collections.abc import Sequence
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.errors import GiveUp, RetryLater
from contracts.tables.photos import PHOTOS
from contracts.tables.reduced import REDUCED
from contracts.tables.table import Column, Definition
from spark_app.lake import tables
from tests.integration.spark.batches import counts, rows
from tests.integration.spark.gallery import Gallery, some_features
from tests.integration.spark.lake import Lake, some_photos
from tests.integration.spark.newer_release import CAMERA, FLASH, NEW, with_more
from tests.release import RELEASE


def put(table: str, made: DataFrame, batch: str, since: int | None) -> int:
    return tables.replace_batch(made, table, batch, since, uuid4().hex)


def old_rows(spark: SparkSession, batch: str, mark: float = 1.0) -> DataFrame:
    return rows(spark, batch, 3, mark)


def new_rows(spark: SparkSession, batch: str, camera: str = "A") -> DataFrame:
    made = rows(spark, batch, 3).withColumn("camera", F.lit(camera))
    return made.select(*(column.name for column in NEW.columns))


def cameras(spark: SparkSession, table: str) -> dict[str, set[str | None]]:
    found = spark.table(table).groupBy("batch_id").agg(F.collect_set(F.coalesce("camera", F.lit("none")))).collect()
    return {batch: set(names) for batch, names in found}


def metadata_files(spark: SparkSession, table: str) -> int:
    return spark.table(f"{table}.metadata_log_entries").count()


def test_a_table_of_the_last_release_is_given_all_new_columns_in_one_commit_that_touches_no_row(
    spark: SparkSession, table: str
) -> None:
    snapshot = put(table, old_rows(spark, "a"), "a", None)
    before = metadata_files(spark, table)

    tables.ensure_table(spark, table, with_more(CAMERA, FLASH))
    tables.ensure_table(spark, table, with_more(CAMERA, FLASH))

    assert metadata_files(spark, table) == before + 1
    assert tables.current_snapshot(spark, table) == snapshot
    assert spark.table(table).columns[-2:] == ["camera", "flash"]
    assert cameras(spark, table) == {"a": {"none"}}


def test_both_releases_write_and_replace_the_batches_of_either_in_a_table_of_the_newer_one(
    spark: SparkSession, table: str
) -> None:
    for batch in ("old", "old, then new"):
        put(table, old_rows(spark, batch), batch, tables.current_snapshot(spark, table))
    tables.ensure_table(spark, table, NEW)
    for batch in ("new", "new, then old", "old, then new"):
        put(table, new_rows(spark, batch), batch, tables.current_snapshot(spark, table))

    tables.ensure_photos(spark, table)  # the older release again, or still
    for batch in ("new, then old", "late"):
        put(table, old_rows(spark, batch, 7.0), batch, tables.current_snapshot(spark, table))

    none = {"none"}
    assert cameras(spark, table) == {
        "old": none, "old, then new": {"A"}, "new": {"A"}, "new, then old": none, "late": none,
    }  # fmt: skip
    assert set(counts(spark, table).values()) == {3}
    found = spark.table(table).where("batch_id = 'new, then old'").select(*(c.name for c in PHOTOS.columns)).collect()
    assert {(row.bucket, row.size_bytes, tuple(row.features)) for row in found} == {("b", 1, (7.0, 7.0))}


@pytest.mark.skipif(RELEASE.spark >= "4", reason="Spark 4 writes null into a column that the rows lack")
def test_red_twin_spark_refuses_rows_without_a_column_that_the_table_has(spark: SparkSession, table: str) -> None:
    tables.ensure_table(spark, table, NEW)

    with pytest.raises(RetryLater, match="columns came"), tables.retry_later_if_lost("columns came"):
        old_rows(spark, "a").writeTo(table).overwrite(F.col("batch_id") == "a")

    assert counts(spark, table) == {}


def test_a_snapshot_of_before_a_column_is_read_in_the_columns_of_now_and_in_their_order(
    spark: SparkSession, table: str
) -> None:
    snapshot = put(table, old_rows(spark, "a"), "a", None)
    tables.ensure_table(spark, table, NEW)
    put(table, new_rows(spark, "a"), "a", snapshot)

    found = tables.rows_at(spark, table, snapshot)

    assert found.columns == spark.table(table).columns
    assert {(row.camera, tuple(row.features)) for row in found.collect()} == {(None, (1.0, 1.0))}


def test_red_twin_each_release_knows_an_option_for_it_that_the_other_refuses_or_does_not_see(
    spark: SparkSession, table: str
) -> None:
    snapshot = put(table, old_rows(spark, "a"), "a", None)
    put(table, old_rows(spark, "b"), "b", snapshot)

    def batches(option: str) -> set[str]:
        return {row.batch_id for row in spark.read.option(option, str(snapshot)).table(table).collect()}

    if RELEASE.spark < "4":
        assert (batches("snapshot-id"), batches("versionAsOf")) == ({"a"}, {"a", "b"})
    else:
        assert batches("versionAsOf") == {"a"}
        with pytest.raises(PySparkException, match="no longer supported"):
            batches("snapshot-id")


def test_a_run_that_began_before_the_column_came_commits_after_it(spark: SparkSession, table: str) -> None:
    since = put(table, old_rows(spark, "other"), "other", None)
    made = tables.with_all_columns(old_rows(spark, "a"), table)
    tables.ensure_table(spark, table, NEW)

    put(table, made, "a", since)

    assert cameras(spark, table) == {"a": {"none"}, "other": {"none"}}
    assert tables.batch_at(spark, table, "a", tables.current_snapshot(spark, table) or 0).count() == 3


def test_runs_of_several_releases_that_add_columns_at_once_all_go_on(spark: SparkSession, table: str) -> None:
    barrier, outcomes = Barrier(2, timeout=120), []

    def start(definitions: Sequence[Definition]) -> None:
        for definition in definitions:
            barrier.wait()
            try:
                tables.ensure_table(spark, table, definition)
                outcomes.append("went on")
            except Exception as error:  # noqa: BLE001  a thread's error would be lost
                outcomes.append(repr(error))

    more = [Column(f"new_{number}", "string", "") for number in range(6)]
    wide = [with_more(*more[: number + 1]) for number in range(6)]
    threads = [Thread(target=start, args=(wide,)), Thread(target=start, args=([*wide[1:], wide[-1]],))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == ["went on"] * 12
    assert sorted(spark.table(table).columns[-6:]) == [column.name for column in more]


def test_a_column_that_came_between_sparks_look_and_icebergs_commit_is_a_commit_that_lost(
    spark: SparkSession, table: str
) -> None:
    text = spark.sparkContext._gateway.jvm.org.apache.iceberg.types.Types.StringType.get()  # type: ignore[union-attr]

    with pytest.raises(PySparkException) as raised:
        tables.iceberg(spark, table).updateSchema().addColumn("label", text)

    assert tables.is_lost_commit(raised.value)


def test_a_column_that_came_before_sparks_look_is_a_commit_that_lost(spark: SparkSession, table: str) -> None:
    with pytest.raises(PySparkException) as raised:
        spark.sql(f"ALTER TABLE {table} ADD COLUMN label string")

    assert tables.is_lost_commit(raised.value)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DROP COLUMN label", "label was removed or renamed"),
        ("RENAME COLUMN label TO fruit", "label was removed or renamed"),
        ("ALTER COLUMN width TYPE bigint", "width is bigint and not int"),
        ("DROP COLUMN batch_id", "it has no batch_id"),
    ],
)
def test_what_was_removed_renamed_or_retyped_is_refused_by_name_and_left_alone(
    spark: SparkSession, table: str, change: str, why: str
) -> None:
    put(table, old_rows(spark, "a"), "a", None)
    spark.sql(f"ALTER TABLE {table} {change}")
    changed = spark.table(table).columns

    with pytest.raises(GiveUp, match=f"has other columns than contracts/tables says: {why}"):
        tables.ensure_photos(spark, table)

    assert spark.table(table).columns == changed


def test_a_column_that_each_row_must_have_is_refused_where_this_release_does_not_know_it(spark: SparkSession) -> None:
    name = f"fruits.lake.photos_{uuid4().hex[:8]}"
    spark.sql(PHOTOS.create_statement(name).replace("(`photo_id`", "(`must` string NOT NULL, `photo_id`"))

    with pytest.raises(GiveUp, match="each row must have must"):
        tables.ensure_photos(spark, name)


def test_the_job_of_the_older_release_fills_a_table_of_the_newer_one(lake: Lake) -> None:
    tables.ensure_table(lake.spark, lake.table, NEW)
    photos = some_photos(lake, 4)

    report = lake.run(photos, results=True)
    lake.run(photos)

    assert report.features == len(lake.rows()) == 4
    assert cameras(lake.spark, lake.table) == {"b": {"none"}}
    assert [one.outcome for one in lake.results()] == ["features"] * 4


def test_the_refit_goes_on_incrementally_across_a_new_column_and_its_matrix_may_have_one_too(
    spark: SparkSession, gallery: Gallery
) -> None:
    gallery.put("a", some_features(1, 60))
    fitted = gallery.refit()
    tables.ensure_table(spark, gallery.table, NEW)
    unchanged = gallery.refit()
    tables.ensure_table(spark, gallery.reduced, with_more(CAMERA, of=REDUCED))
    gallery.put("late", some_features(4, 9))
    late = gallery.refit()

    assert (fitted.mode, unchanged.outcome) == ("full", "unchanged")
    assert (late.mode, late.rows_inserted, late.n) == ("incremental", 9, 69)
    assert gallery.matrix().keys() == {row.photo_id for row in spark.table(gallery.table).collect()}
