"""Find photos that have several rows, and remove the surplus in one commit. It uses Iceberg as `tables` does."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from contracts.errors import GiveUp
from spark_app.lake import maintenance, tables
from spark_app.repair.plan import MAY_PASS, Held


def held(spark: SparkSession, table: str, snapshot_id: int) -> list[Held]:
    """Return all rows of photos that have more than one in a snapshot. Reads no features."""
    # As a number, because a timestamp would be converted to this machine's time zone.
    rows = tables.rows_at(spark, table, snapshot_id).select(
        "photo_id", "batch_id", "rejection", F.unix_micros("extracted_at").alias("extracted")
    )
    doubled = rows.groupBy("photo_id").count().where("count > 1").select("photo_id")
    found = rows.join(F.broadcast(doubled), "photo_id", "left_semi").collect()
    return [
        Held(row.photo_id, row.batch_id, row.rejection, None if row.extracted is None else _time(row.extracted))
        for row in found
    ]


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def remove(spark: SparkSession, table: str, removals: Mapping[str, Counter[str]], snapshot_id: int, run_id: str) -> int:
    """Replace the batches that lose rows by what is left of them, in one commit, and return its snapshot.

    `removals` are those of `plan.removals`, planned on the snapshot. One task writes each batch, so each has its own
    files: a batch that shares a file with another one can never be replaced.

    Raises:
        RetryLater: a run of one of these batches committed meanwhile; the table is as it left it.
        GiveUp: a file holds rows of one of these batches and of another one.
    """
    _refuse_shared_files(spark, table, removals)
    rest = [_rest(spark, table, batch, gone, snapshot_id) for batch, gone in removals.items()]
    return tables.replace_batches(reduce(DataFrame.union, rest), table, list(removals), snapshot_id, run_id)


def rows_removed(spark: SparkSession, table: str, snapshot_id: int) -> int:
    """Return how many rows a snapshot has fewer than its parent, by Iceberg's own summary."""
    summary = tables.iceberg(spark, table).snapshot(snapshot_id).summary()
    return int(summary.get("deleted-records") or 0) - int(summary.get("added-records") or 0)


def _rest(spark: SparkSession, table: str, batch: str, gone: Counter[str], snapshot_id: int) -> DataFrame:
    """Return a batch's rows without those that go, in one partition."""
    rows = tables.rows_at(spark, table, snapshot_id).where(F.col("batch_id") == batch).coalesce(1)
    # The best row of a photo is the last to go: a batch may hold several of one photo.
    says = F.when(F.col("rejection").isNull(), 2).when(F.col("rejection").isin(*MAY_PASS), 0).otherwise(1)
    worst = Window.partitionBy("photo_id").orderBy(says, F.col("extracted_at").asc_nulls_first())
    counted = spark.createDataFrame(list(gone.items()), "photo_id string, going int")
    ranked = rows.withColumn("rank", F.row_number().over(worst))
    marked = ranked.join(F.broadcast(counted), "photo_id", "left")
    return marked.where("going IS NULL OR rank > going").select(*rows.columns)


def _refuse_shared_files(spark: SparkSession, table: str, removals: Mapping[str, Counter[str]]) -> None:
    shared = maintenance.mixed(maintenance.data_files(spark, table))
    for batch in removals:
        if any(file.first <= batch <= file.last for file in shared):
            raise GiveUp(f"table {table}: a file holds rows of batch {batch} and of others, so it cannot be replaced")
