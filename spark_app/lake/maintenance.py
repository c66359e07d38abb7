"""Compact a table's files and expire its snapshots while others write to it. It uses Iceberg as `tables` does.

Each step leaves the current rows as they are. It may be interrupted, or done twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from contracts.errors import RetryLater
from spark_app.lake.tables import iceberg, is_lost_commit

ATTEMPTS = 3

_ICEBERG_TARGET = 512 * 2**20
"""`write.target-file-size-bytes` where a table does not set it (Apache Iceberg, "Configuration")."""
_SMALL = 0.75
"""Share of the target below which Iceberg calls a file small (`min-file-size-bytes` of `rewrite_data_files`)."""
_COMPACTION = {
    # One batch's files are rewritten at a time, and merging two already saves one. The default is 5.
    "min-input-files": "2",
    # A batch is one group of files, so it cannot be committed in parts. Set here, because a conflict must be seen.
    "partial-progress.enabled": "false",
}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file of the current snapshot: the least and the greatest batch id of its rows, and its size in bytes."""

    first: str
    last: str
    size: int


def data_files(spark: SparkSession, table: str) -> list[DataFile]:
    """Return the data files of the table's current snapshot. Reads metadata only."""
    batches = "batch_id" in spark.table(table).columns
    bounds = [f"readable_metrics.batch_id.{end}_bound" if batches else "''" for end in ("lower", "upper")]
    found = spark.table(f"{table}.files").where("content = 0").selectExpr(*bounds, "file_size_in_bytes").collect()
    return [DataFile(*row) for row in found]


def target_size(spark: SparkSession, table: str) -> int:
    """Return the size in bytes that the table's files should have."""
    found = iceberg(spark, table).properties().get("write.target-file-size-bytes")
    return int(found) if found else _ICEBERG_TARGET


def batches_to_compact(files: Iterable[DataFile], target: int) -> list[str]:
    """Return the batches with two or more small files, whose rows no other batch's file holds (pure).

    Batches never share a file. Replacing a batch drops whole files: Iceberg refuses to replace a batch that shares a
    file with another one, so it could never be run again. And a compaction of one batch conflicts with runs of that
    batch only.
    """
    files = list(files)
    small = Counter(file.first for file in files if file.first == file.last and file.size < _SMALL * target)
    shared = mixed(files)
    candidates = (batch for batch, count in small.items() if batch and count > 1)
    return sorted(batch for batch in candidates if not any(file.first <= batch <= file.last for file in shared))


def mixed(files: Iterable[DataFile]) -> list[DataFile]:
    """Return the files that hold rows of several batches; no job of ours writes such files (pure)."""
    return [file for file in files if file.first != file.last]


def compact(spark: SparkSession, table: str, batch_id: str) -> int:
    """Rewrite a batch's small files as few large ones, and return how many bytes were rewritten. Its rows stay.

    Raises:
        RetryLater: the batch was replaced by others each time; the table is as they left it.
    """

    def rewrite() -> int:
        expressions = spark.sparkContext._jvm.org.apache.iceberg.expressions.Expressions  # type: ignore[union-attr]
        action = _actions(spark).rewriteDataFiles(iceberg(spark, table))
        action = action.filter(expressions.equal("batch_id", batch_id))
        for name, value in _COMPACTION.items():
            action = action.option(name, value)
        return int(action.execute().rewrittenBytesCount())

    return retry(rewrite, f"table {table}: batch {batch_id} could not be compacted")


def expire(spark: SparkSession, table: str, keep: timedelta, now: datetime, held: int | None = None) -> int:
    """Expire the snapshots that were replaced longer ago than `keep`, and their files; return how many.

    The current snapshot stays, and so do `held` and all younger ones. A snapshot's age counts from the moment it was
    replaced. Iceberg counts from when it was made, but a refit that reads it may have begun just before it was
    replaced.

    Raises:
        RetryLater: others committed each time.
    """

    def forget() -> int:
        loaded = iceberg(spark, table)
        before = _count(loaded)
        reader = None if held is None else loaded.snapshot(held)
        cut = _milliseconds(now - keep)
        oldest = oldest_kept(_times(loaded), cut if reader is None else min(cut, int(reader.timestampMillis())))
        _actions(spark).expireSnapshots(loaded).expireOlderThan(oldest).retainLast(1).execute()
        return before - _count(iceberg(spark, table))

    return retry(forget, f"table {table}: snapshots could not be expired")


def oldest_kept(times: Sequence[int], cut: int) -> int:
    """Return the time of the oldest snapshot to keep: the one that was current at `cut` (pure).

    All times are ms since 1970; `times` are those of the current snapshot and its ancestors.
    """
    return max((time for time in times if time <= cut), default=cut)


def retry(action: Callable[[], Answer], what: str, attempts: int = ATTEMPTS) -> Answer:
    """Return what `action` returns; if its commit lost against another one, do it again on the new state of the table.

    Raises:
        RetryLater: it lost each time.
    """
    lost: Exception | None = None
    for _ in range(attempts):
        try:
            return action()
        except (Py4JJavaError, PySparkException) as error:
            if not is_lost_commit(error):
                raise
            lost = error
    raise RetryLater(f"{what}: others committed meanwhile, {attempts} times; nothing was written") from lost


def _actions(spark: SparkSession) -> Any:
    jvm: Any = spark.sparkContext._jvm
    return jvm.org.apache.iceberg.spark.actions.SparkActions.get(spark._jsparkSession)


def _times(loaded: Any) -> list[int]:
    """Return when the current snapshot and those before it were made, newest first."""
    times: list[int] = []
    snapshot = loaded.currentSnapshot()
    while snapshot is not None:
        times.append(int(snapshot.timestampMillis()))
        parent = snapshot.parentId()
        snapshot = None if parent is None else loaded.snapshot(parent)
    return times


def _count(loaded: Any) -> int:
    return sum(1 for _ in loaded.snapshots())


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
