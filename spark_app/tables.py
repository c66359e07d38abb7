"""The room that speaks Iceberg; `changes` and `reduced` speak it by the same route, for the refit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from infra.contracts.photos_table import COLUMNS, Column, create_statement
from infra.contracts.results import FEATURES, Result
from spark_app.errors import GiveUp, RetryLater

RUN_PROPERTY = "fruits-run-id"

# Whether a losing or interrupted commit may be tried again is Iceberg's own distinction: these three classes leave the
# table as it was or as another run made it, and a run that starts over reads that state first.
RETRYABLE = ("ValidationException", "CommitFailedException", "CommitStateUnknownException")


def lost(error: Exception) -> bool:
    """Return whether an error says that a commit lost against another one, and may be tried again."""
    return any(name in str(error) for name in RETRYABLE)


@contextmanager
def may_lose(message: str) -> Iterator[None]:
    """Raise RetryLater with the message in place of what a commit raises that lost against another one."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        if not lost(error):
            raise
        raise RetryLater(message) from error


def ensure_photos(spark: SparkSession, table: str) -> None:
    """Create the table `photos` if it is not there, and refuse one with other columns.

    Raises:
        GiveUp: the name is not `catalog.database.table`, or the columns differ.
    """
    ensure_table(spark, table, create_statement(table), COLUMNS)


def ensure_table(spark: SparkSession, table: str, statement: str, columns: Sequence[Column]) -> None:
    """Run a table's `CREATE TABLE IF NOT EXISTS`, and refuse a table with other columns.

    Raises:
        GiveUp: the name is not `catalog.database.table`, or the columns differ.
    """
    refuse_odd_name(table)
    catalog, database, _ = table.split(".")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {catalog}.{database}")
    spark.sql(statement)
    found = [(field.name, field.dataType.simpleString()) for field in spark.table(table).schema.fields]
    if found != [(column.name, column.type) for column in columns]:
        raise GiveUp(f"table {table} has other columns than infra/contracts says: {found}")


def refuse_odd_name(table: str) -> None:
    """Raise GiveUp for a name that is not `catalog.database.table`, before it stands in any statement."""
    parts = table.split(".")
    if len(parts) != 3 or not all(part.replace("_", "").isalnum() for part in parts):
        raise GiveUp(f"table {table!r}: give catalog.database.table, each of letters, digits and _")


def current_snapshot(spark: SparkSession, table: str) -> int | None:
    """Return the id of the table's current snapshot; None while it has none."""
    snapshot = iceberg(spark, table).currentSnapshot()
    return None if snapshot is None else int(snapshot.snapshotId())


def replace_batch(rows: DataFrame, table: str, batch_id: str, since: int | None, run_id: str) -> int:
    """Replace all rows of a batch by `rows` in one commit, and return the new snapshot's id.

    Running a batch again leaves one copy. Of two runs of one batch at once, the second to commit fails: the commit is
    serializable, and validated from `since`, the snapshot that was current when the run began. Without `since` Iceberg
    would validate from the oldest snapshot it knows, and fail once that one has expired.

    Raises:
        RetryLater: another run of this batch committed meanwhile, or the catalog did not take the commit.
    """
    writer = rows.writeTo(table).option("isolation-level", "serializable")
    writer = writer.option(f"snapshot-property.{RUN_PROPERTY}", run_id)
    if since is not None:
        writer = writer.option("validate-from-snapshot-id", str(since))
    with may_lose(f"batch {batch_id}: the commit lost against another one; nothing was written"):
        writer.overwrite(F.col("batch_id") == batch_id)
    return _snapshot_of(rows.sparkSession, table, run_id)


def batch_at(spark: SparkSession, table: str, batch_id: str, snapshot_id: int) -> DataFrame:
    """Return a batch's rows as a snapshot has them, whatever was committed since."""
    return spark.read.option("snapshot-id", str(snapshot_id)).table(table).where(F.col("batch_id") == batch_id)


def results_of(batch: DataFrame) -> list[Result]:
    """Return what rows of the table say of their photos, as the ledger takes it."""
    found = batch.select("photo_id", F.coalesce("rejection", F.lit(FEATURES)), "label").collect()
    return [Result(*row) for row in found]


def _snapshot_of(spark: SparkSession, table: str, run_id: str) -> int:
    # By the run's own mark and not "the newest": another batch may have committed since. Back from the newest, because
    # ours is there or next to it, and a table may have a thousand.
    loaded = iceberg(spark, table)
    snapshot = loaded.currentSnapshot()
    while snapshot.summary().get(RUN_PROPERTY) != run_id:
        snapshot = loaded.snapshot(snapshot.parentId())
    return int(snapshot.snapshotId())


def iceberg(spark: SparkSession, table: str) -> Any:
    """Load a table by Iceberg's Java API: each SQL query of its metadata would be a Spark job."""
    jvm: Any = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
