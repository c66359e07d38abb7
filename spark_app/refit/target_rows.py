"""The rows of a refit's target: all of them, those that came since an earlier snapshot, or what changed since."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.lake import changes, data_files
from spark_app.lake.data_files import READ, DataFiles
from spark_app.refit.plan import FitTarget
from spark_app.refit.reading import Rows, RowsBySpark, RowsOfFiles
from spark_app.stores.buckets import StoreSettings


class TargetRows:
    """The target's rows, read from the snapshot's files where these alone say which rows there are; else by Spark."""

    def __init__(self, spark: SparkSession, target: FitTarget, store: StoreSettings) -> None:
        self.target = target
        self._spark, self._store = spark, store
        self._slots = spark.sparkContext.defaultParallelism

    @property
    def why_spark(self) -> str | None:
        """Why Spark must read the rows; None where it need not."""
        return self._files if isinstance(self._files, str) else None

    def all(self) -> Rows:
        """Return all rows."""
        if isinstance(self._files, str):
            rows = changes.features_at(self._spark, self.target.table, self.target.snapshot_id)
            return RowsBySpark(self._of_artifact(rows), self._slots)
        return self._of_files(self._files)

    def came_since(self, snapshot_id: int) -> Rows | None:
        """Return the rows that came after an earlier snapshot; None if any may have gone, or moved to another file."""
        earlier = self._files_at(snapshot_id)
        if isinstance(self._files, str) or isinstance(earlier, str):
            return None
        came = self._files.since(earlier)
        return None if came is None else self._of_files(came)

    @contextmanager
    def changed_since(self, snapshot_id: int) -> Iterator[Rows]:
        """Lend the rows that came or went after an earlier snapshot; their column `change` says which."""
        table, until = self.target.table, self.target.snapshot_id
        with changes.changed_rows(self._spark, table, snapshot_id, until) as rows:
            yield RowsBySpark(self._of_artifact(rows), self._slots, (*READ, "change"))

    def _of_artifact(self, rows: DataFrame) -> DataFrame:
        return rows.where(F.col("artifact_sha256") == self.target.artifact_sha256)

    @cached_property
    def _files(self) -> DataFiles | str:
        return self._files_at(self.target.snapshot_id)

    def _files_at(self, snapshot_id: int) -> DataFiles | str:
        return data_files.data_files(self._spark, self.target.table, snapshot_id, self.target.artifact_sha256)

    def _of_files(self, files: DataFiles) -> Rows:
        return RowsOfFiles(self._spark, files, self._store, self._slots)
