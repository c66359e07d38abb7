"""The table `reduced`, by write-audit-publish: rows are staged on a branch, and published by moving `main` to it.

So the matrix can be checked before anybody sees it. The switch is one small commit, and it only goes forward: `main`
never shows a model of an older snapshot than before. It uses Iceberg as `tables` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from contracts.tables.reduced import REDUCED
from spark_app.lake.new_files import NewFile, data_file
from spark_app.lake.tables import RUN_PROPERTY, ensure_table, iceberg, retry_later_if_lost

SEQUENCE_PROPERTY = "fruits-sequence-number"
_MAIN = "main"
_WEEK_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows on a branch, which readers of the table do not see."""

    table: str
    branch: str
    snapshot_id: int
    sequence_number: int
    """Of the snapshot of `photos` that the rows were projected from."""
    rows: int


def ensure_reduced(spark: SparkSession, table: str) -> None:
    """Create the table if it does not exist, as `ensure_table` does.

    Raises:
        GiveUp, RetryLater: see there.
    """
    ensure_table(spark, table, REDUCED)


def stage(
    spark: SparkSession,
    files: Sequence[NewFile],
    table: str,
    version: str,
    sequence_number: int,
    load: Callable[[SparkSession, str], Any] = iceberg,
) -> Staged:
    """Make the files of a version the content of a branch of its own; an abandoned branch expires after a week.

    Raises:
        RetryLater: another refit changed the table at the same moment.
    """
    branch = f"refit_{version.replace('-', '_')}"
    with retry_later_if_lost(f"table {table} was changed while a model's rows were staged; refit again"):
        load(spark, table).manageSnapshots().createBranch(branch).setMaxRefAgeMs(branch, _WEEK_MS).commit()
        loaded = load(spark, table)
        commit = loaded.newOverwrite().overwriteByRowFilter(_everything(spark)).toBranch(branch)
        for file in files:
            commit = commit.addFile(data_file(spark.sparkContext, loaded, file))
        commit.set(SEQUENCE_PROPERTY, str(sequence_number)).set(RUN_PROPERTY, version).commit()
    loaded = load(spark, table)
    snapshot = loaded.snapshot(loaded.refs().get(branch).snapshotId())
    counted = int(snapshot.summary().get("total-records") or 0)
    return Staged(table, branch, int(snapshot.snapshotId()), sequence_number, counted)


def _everything(spark: SparkSession) -> Any:
    jvm: Any = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.expressions.Expressions.alwaysTrue()


def publish(spark: SparkSession, staged: Staged) -> bool:
    """Make the staged rows the table's content; False if it already shows those of a newer snapshot.

    Raises:
        RetryLater: the table was changed at the same moment.
    """
    loaded = iceberg(spark, staged.table)
    # Made before the check: it remembers the table's state, and its commit is refused if that has changed since.
    switch = loaded.manageSnapshots()
    current = loaded.currentSnapshot()
    if current is None:
        switch = switch.createBranch(_MAIN, staged.snapshot_id)
    elif int(current.summary().get(SEQUENCE_PROPERTY) or 0) > staged.sequence_number:
        return False
    else:
        switch = switch.replaceBranch(_MAIN, staged.branch)
    with retry_later_if_lost(f"table {staged.table} was changed while a model was published; refit again"):
        switch.removeBranch(staged.branch).commit()
    return True


def drop(spark: SparkSession, staged: Staged) -> None:
    """Drop staged rows. Those that are published already stay in the table's history.

    Raises:
        RetryLater: the table was changed at the same moment.
    """
    loaded = iceberg(spark, staged.table)
    if loaded.refs().get(staged.branch) is not None:
        with retry_later_if_lost(f"table {staged.table} was changed while a superseded model was dropped"):
            loaded.manageSnapshots().removeBranch(staged.branch).commit()
