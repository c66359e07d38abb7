"""The room that speaks Iceberg; `changes` and `reduced` speak it by the same route, for the refit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.errors import GiveUp, RetryLater
from contracts.photos.results import FEATURES, Result
from contracts.tables.photos import PHOTOS
from contracts.tables.table import Definition, add_statement
from spark_app.lake import evolution, left_metadata
from spark_app.lake.evolution import Found

RUN_PROPERTY = "fruits-run-id"
_ATTEMPTS = 3

# Whether a losing or interrupted commit may be tried again is Iceberg's own distinction: these three classes leave the
# table as it was or as another run made it, and a run that starts over reads that state first.
RETRYABLE = ("ValidationException", "CommitFailedException", "CommitStateUnknownException")

# What is said where another release has added columns since we looked: that one of them is there already (by Spark when
# it looks, by Iceberg a moment later), or that our rows lack it. Nothing was written either.
COLUMNS_CAME = (
    "FIELDS_ALREADY_EXISTS",
    "Cannot add column, name already exists",
    "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA",
)


def lost(error: Exception) -> bool:
    """Return whether an error says that a commit lost against another one, and may be tried again."""
    return any(name in str(error) for name in RETRYABLE + COLUMNS_CAME)


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
    """Create the table `photos` if it is not there, as `ensure_table` does."""
    ensure_table(spark, table, PHOTOS)


def ensure_table(spark: SparkSession, table: str, definition: Definition) -> None:
    """Create a table if it is not there, and add the columns it lacks, in one commit of metadata.

    A table may have more columns, of a newer release: `fitted` gives them to rows of this one.

    Raises:
        GiveUp: the name is not `catalog.database.table`, or a column was removed, renamed or retyped.
        RetryLater: others changed the table's columns each time.
    """
    refuse_odd_name(table)
    if not spark.catalog.tableExists(table):
        _create(spark, table, definition)
    for _ in range(_ATTEMPTS):
        adding = evolution.missing(table, _columns(spark, table), definition.columns)
        if not adding:
            return
        evolution.refuse_returning(table, adding, _earlier_columns(spark, table))
        try:
            spark.sql(add_statement(table, adding))
            return
        except (Py4JJavaError, PySparkException) as error:
            if not lost(error):  # another run has added columns a moment before: we look again
                raise
    raise RetryLater(f"table {table}: its columns were changed by others meanwhile, {_ATTEMPTS} times")


def _create(spark: SparkSession, table: str, definition: Definition) -> None:
    catalog, database, name = table.split(".")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {catalog}.{database}")
    left = left_metadata.left(spark, table)
    # Looked for again: a table that others have made and written to in between has such files too, and is there.
    if left is not None and not spark.catalog.tableExists(table):
        raise GiveUp(
            f"table {table} is not in the catalog, but its files are: {left}. A new table in their place would take "
            f"them for orphans. Register the old one: CALL {catalog}.system.register_table("
            f"table => '{database}.{name}', metadata_file => '{left}')"
        )
    spark.sql(definition.create_statement(table))


def _columns(spark: SparkSession, table: str) -> list[Found]:
    fields = spark.table(table).schema.fields
    return [Found(field.name, field.dataType.simpleString(), field.nullable) for field in fields]


def _earlier_columns(spark: SparkSession, table: str) -> set[str]:
    """Return the names that stood in any schema of the table so far; Iceberg keeps them all."""
    schemas = iceberg(spark, table).schemas().values()
    return {str(field.name()) for schema in schemas for field in schema.columns()}


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
    return replace_batches(rows, table, [batch_id], since, run_id)


def replace_batches(rows: DataFrame, table: str, batch_ids: Sequence[str], since: int | None, run_id: str) -> int:
    """Replace all rows of several batches, as `replace_batch` does one's; no partition of `rows` may hold two of them.

    Raises:
        RetryLater: another run of one of them committed meanwhile, or the catalog did not take the commit.
    """
    writer = fitted(rows, table).writeTo(table).option("isolation-level", "serializable")
    writer = writer.option(f"snapshot-property.{RUN_PROPERTY}", run_id)
    if since is not None:
        writer = writer.option("validate-from-snapshot-id", str(since))
    what = f"batch {batch_ids[0]}" if len(batch_ids) == 1 else f"{len(batch_ids)} batches"
    with may_lose(f"{what}: the commit lost against another one; nothing was written"):
        writer.overwrite(F.col("batch_id").isin(*batch_ids))
    return _snapshot_of(rows.sparkSession, table, run_id)


def fitted(rows: DataFrame, table: str) -> DataFrame:
    """Return rows with null in each column that the table has beside theirs: a newer release has added it.

    Spark finds columns by their names, in whatever order, and refuses a write that leaves one out.
    """
    known = set(rows.columns)
    others = [field for field in rows.sparkSession.table(table).schema.fields if field.name not in known]
    return rows.withColumns({field.name: F.lit(None).cast(field.dataType) for field in others})


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
