"""The table `photos` and its past: a pinned snapshot, and the rows inserted and deleted since an earlier one.

It uses Iceberg as `tables` does: the Java API for metadata, Spark for rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.lake import tables
from spark_app.lake.history import History
from spark_app.lake.tables import iceberg

INSERTED, DELETED = "INSERT", "DELETE"
"""Iceberg's names of the two changes, in the column `change`."""

_SPLITS_PER_SLOT = 8
_SMALLEST_SPLIT = 4 * 1024 * 1024  # Iceberg's estimate of the cost of opening a file


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """One state of the table. Sequence numbers grow with each commit; ids do not."""

    id: int
    sequence_number: int
    rows: int


def pin(spark: SparkSession, table: str) -> TableSnapshot | None:
    """Return the table's current snapshot; None while it has none, or does not exist."""
    found = iceberg(spark, table).currentSnapshot() if spark.catalog.tableExists(table) else None
    if found is None:
        return None
    return TableSnapshot(int(found.snapshotId()), int(found.sequenceNumber()), _count(found, "total-records"))


def history(spark: SparkSession, table: str, since: int, until: int) -> History | None:
    """Sum up the snapshots after `since` up to `until`; None where `since` is not kept or is no ancestor of `until`."""
    loaded = iceberg(spark, table)
    snapshot = loaded.snapshot(until)
    if loaded.snapshot(since) is None:
        return None
    delete_files = _count(loaded.snapshot(since), "total-delete-files") + _count(snapshot, "total-delete-files")
    added = deleted = 0
    while snapshot is not None and int(snapshot.snapshotId()) != since:
        if str(snapshot.operation()) != "replace":  # a compaction changes no row, and the changelog leaves it out
            added += _count(snapshot, "added-records")
            deleted += _count(snapshot, "deleted-records")
        parent = snapshot.parentId()
        snapshot = None if parent is None else loaded.snapshot(parent)
    return None if snapshot is None else History(added, deleted, delete_files > 0)


def _count(snapshot: Any, name: str) -> int:
    return int(snapshot.summary().get(name) or 0)


def features_at(spark: SparkSession, table: str, snapshot_id: int) -> DataFrame:
    """Return the rows with features, of all artifacts, as the snapshot has them, whatever is committed meanwhile.

    They come in many small splits. By default Iceberg fills each split, so that one of two task slots reads everything.
    """
    size = _count(iceberg(spark, table).snapshot(snapshot_id), "total-files-size")
    split = max(_SMALLEST_SPLIT, size // (_SPLITS_PER_SLOT * spark.sparkContext.defaultParallelism))
    return tables.rows_at(spark, table, snapshot_id, split_size=str(split)).where(F.col("rejection").isNull())


@contextmanager
def changed_rows(spark: SparkSession, table: str, since: int, until: int) -> Iterator[DataFrame]:
    """Lend the rows with features that were inserted or deleted after `since`, up to `until`; `change` says which.

    The changes are net: they leave out rows that came and went in between, and rows that only moved to another file.
    """
    catalog, _, name = table.partition(".")
    view = f"changes_{uuid4().hex}"
    span = f"map('start-snapshot-id', '{since}', 'end-snapshot-id', '{until}')"
    spark.sql(
        f"CALL {catalog}.system.create_changelog_view(table => '{name}', options => {span}, "
        f"changelog_view => '{view}', net_changes => true)"
    )
    try:
        yield spark.table(view).where(F.col("rejection").isNull()).withColumnRenamed("_change_type", "change")
    finally:
        spark.catalog.dropTempView(view)
