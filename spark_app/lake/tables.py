"""Iceberg tables: create one, add columns, replace a batch, read it back.

Spark reads and writes rows; Iceberg's Java API handles metadata. The other modules of `lake` do the same.
"""

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
from spark_app.lake.evolution import TableColumn

RUN_PROPERTY = "fruits-run-id"
_ATTEMPTS = 3

# Iceberg itself distinguishes which failed commits may be tried again. These three classes leave the table as it was,
# or as another run made it, and a run that starts over reads that state first.
RETRYABLE = ("ValidationException", "CommitFailedException", "CommitStateUnknownException")

# The messages where another release has added columns since we looked: a column exists already (from Spark's analysis,
# or a moment later from Iceberg), or our rows lack one. Then nothing was written.
COLUMNS_CAME = (
    "FIELDS_ALREADY_EXISTS",  # Spark 3.5
    "FIELD_ALREADY_EXISTS",  # Spark 4
    "Cannot add column, name already exists",
    "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA",
)


def is_lost_commit(error: Exception) -> bool:
    """Return whether an error means that a commit lost against another one, and may be tried again."""
    return any(name in str(error) for name in RETRYABLE + COLUMNS_CAME)


@contextmanager
def retry_later_if_lost(message: str) -> Iterator[None]:
    """Turn the error of a commit that lost against another one into RetryLater with this message."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        if not is_lost_commit(error):
            raise
        raise RetryLater(message) from error


def ensure_photos(spark: SparkSession, table: str) -> None:
    """Create the table `photos` if it does not exist, as `ensure_table` does."""
    ensure_table(spark, table, PHOTOS)


def ensure_table(spark: SparkSession, table: str, definition: Definition) -> None:
    """Create a table if it does not exist, or add the columns it lacks, in one commit of metadata.

    The table may have further columns of a newer release: `with_all_columns` adds them to rows of this one.

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
            if not is_lost_commit(error):  # another run added columns a moment ago: look again
                raise
    raise RetryLater(f"table {table}: its columns were changed by others meanwhile, {_ATTEMPTS} times")


def _create(spark: SparkSession, table: str, definition: Definition) -> None:
    catalog, database, name = table.split(".")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {catalog}.{database}")
    left = left_metadata.find_left(spark, table)
    # Ask the catalog again: others may have made and written to the table in between, which leaves such files too.
    if left is not None and not spark.catalog.tableExists(table):
        raise GiveUp(
            f"table {table} is not in the catalog, but its files are: {left}. A new table in their place would take "
            f"them for orphans. Register the old one: CALL {catalog}.system.register_table("
            f"table => '{database}.{name}', metadata_file => '{left}')"
        )
    spark.sql(definition.create_statement(table))


def _columns(spark: SparkSession, table: str) -> list[TableColumn]:
    fields = spark.table(table).schema.fields
    return [TableColumn(field.name, field.dataType.simpleString(), field.nullable) for field in fields]


def _earlier_columns(spark: SparkSession, table: str) -> set[str]:
    """Return the column names of all schemas that the table has had; Iceberg keeps them all."""
    schemas = iceberg(spark, table).schemas().values()
    return {str(field.name()) for schema in schemas for field in schema.columns()}


def refuse_odd_name(table: str) -> None:
    """Refuse a name that is not `catalog.database.table`, before it becomes part of a statement.

    Raises:
        GiveUp: it is not.
    """
    parts = table.split(".")
    if len(parts) != 3 or not all(part.replace("_", "").isalnum() for part in parts):
        raise GiveUp(f"table {table!r}: give catalog.database.table, each of letters, digits and _")


def current_snapshot(spark: SparkSession, table: str) -> int | None:
    """Return the id of the table's current snapshot; None while it has none."""
    snapshot = iceberg(spark, table).currentSnapshot()
    return None if snapshot is None else int(snapshot.snapshotId())


def replace_batch(rows: DataFrame, table: str, batch_id: str, since: int | None, run_id: str) -> int:
    """Replace all rows of a batch by `rows` in one commit, and return the new snapshot's id.

    Running a batch again leaves one copy. If two runs of a batch overlap, the second to commit fails: the commit is
    serializable, and validated from `since`, the snapshot that was current when the run began. Without `since` Iceberg
    would validate from the oldest snapshot it knows, and fail once that one has expired.

    Raises:
        RetryLater: another run of this batch committed meanwhile, or the catalog did not take the commit.
    """
    return replace_batches(rows, table, [batch_id], since, run_id)


def replace_batches(rows: DataFrame, table: str, batch_ids: Sequence[str], since: int | None, run_id: str) -> int:
    """Replace all rows of several batches, as `replace_batch` does; no partition of `rows` may hold two batches.

    Raises:
        RetryLater: another run of one of them committed meanwhile, or the catalog did not take the commit.
    """
    writer = with_all_columns(rows, table).writeTo(table).option("isolation-level", "serializable")
    writer = writer.option(f"snapshot-property.{RUN_PROPERTY}", run_id)
    if since is not None:
        writer = writer.option("validate-from-snapshot-id", str(since))
    what = f"batch {batch_ids[0]}" if len(batch_ids) == 1 else f"{len(batch_ids)} batches"
    with retry_later_if_lost(f"{what}: the commit lost against another one; nothing was written"):
        writer.overwrite(F.col("batch_id").isin(*batch_ids))
    return snapshot_of(iceberg(rows.sparkSession, table), run_id)


def with_all_columns(rows: DataFrame, table: str) -> DataFrame:
    """Return rows with null in each column that only the table has, because a newer release has added it.

    Spark matches columns by name, in any order, and refuses a write that leaves one out.
    """
    known = set(rows.columns)
    others = [field for field in rows.sparkSession.table(table).schema.fields if field.name not in known]
    return rows.withColumns({field.name: F.lit(None).cast(field.dataType) for field in others})


def rows_at(spark: SparkSession, table: str, snapshot_id: int, **options: str) -> DataFrame:
    """Return the rows of a snapshot, in the columns that the table has now; those that came later are null in it.

    `options` are Iceberg's for reading, with `_` for `-`. A missing snapshot is an error of Spark's. The snapshot is
    part of the table's name, since that alone is understood by all releases (`docs/releases.md`).
    """
    reader = spark.read.options(**{name.replace("_", "-"): value for name, value in options.items()})
    then = reader.table(f"{table}.snapshot_id_{snapshot_id}")
    known = set(then.columns)
    return then.select(
        *(
            F.col(field.name) if field.name in known else F.lit(None).cast(field.dataType).alias(field.name)
            for field in spark.table(table).schema.fields
        )
    )


def batch_at(spark: SparkSession, table: str, batch_id: str, snapshot_id: int) -> DataFrame:
    """Return a batch's rows as a snapshot has them, whatever was committed since."""
    return rows_at(spark, table, snapshot_id).where(F.col("batch_id") == batch_id)


def results_of(batch: DataFrame) -> list[Result]:
    """Return the results that a batch's rows stand for, as the ledger takes them."""
    found = batch.select("photo_id", F.coalesce("rejection", F.lit(FEATURES)), "label").collect()
    return [Result(*row) for row in found]


def snapshot_of(loaded: Any, run_id: str) -> int:
    """Return the id of the snapshot that a run has committed to a loaded table."""
    # Found by the run's own mark, because another batch may have committed since. Searched from the newest back,
    # because ours is at or near it, and a table may have a thousand snapshots.
    snapshot = loaded.currentSnapshot()
    while snapshot.summary().get(RUN_PROPERTY) != run_id:
        snapshot = loaded.snapshot(snapshot.parentId())
    return int(snapshot.snapshotId())


def iceberg(spark: SparkSession, table: str) -> Any:
    """Load a table by Iceberg's Java API, since each SQL query of its metadata would be a Spark job."""
    jvm: Any = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
