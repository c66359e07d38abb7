"""The rows that a refit reads, and who reads them: Python tasks the snapshot's files, or Spark where it must."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from spark_app.lake import data_files
from spark_app.lake.arrow import leave_pandas_out
from spark_app.lake.data_files import READ, DataFiles
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.readable_file import opener

ROWS_PER_BLOCK = 1024
"""5 MB at 1280 features. 65,536 take Arrow twice the CPU of 2,048, in fresh pages of memory."""

MAX_TASKS = 32
"""Each task sends one state to the driver. At 1280 features a state is 6.6 MB, so at most 210 MB reach it."""

Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""Takes batches of `photo_id`, `label`, `features` and yields batches of its own schema."""


class Rows(Protocol):
    """Rows with features, to be gone through once by tasks side by side."""

    def through(self, task: Task, schema: str) -> DataFrame:
        """Return what the tasks make of the rows, in Spark's notation of a schema."""
        ...


@dataclass(frozen=True)
class RowsBySpark:
    """Rows of a DataFrame, perhaps with more columns than a task needs: `columns` are passed on."""

    rows: DataFrame
    slots: int
    columns: tuple[str, ...] = READ

    def through(self, task: Task, schema: str) -> DataFrame:
        """See `Rows`."""
        return self.rows.select(*self.columns).coalesce(_tasks(self.slots)).mapInArrow(task, schema)


@dataclass(frozen=True)
class RowsOfFiles:
    """Rows of a snapshot's files. A partition is a task's share of them, the same at each try."""

    spark: SparkSession
    files: DataFiles
    store: StoreSettings
    slots: int
    columns: tuple[str, ...] = READ

    def through(self, task: Task, schema: str) -> DataFrame:
        """See `Rows`."""
        files, store, columns = self.files, self.store, self.columns
        shares = data_files.shared_out(files.groups, _tasks(self.slots))
        sent = self.spark.sparkContext.broadcast(shares)

        def of_share(numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            leave_pandas_out()
            for batch in numbers:
                for number in batch.column(0).to_pylist():
                    share = data_files.read(files, sent.value[number], opener(store), ROWS_PER_BLOCK, columns)
                    yield from task(share)

        return self.spark.range(0, len(shares), 1, len(shares)).mapInArrow(of_share, schema)


def _tasks(slots: int) -> int:
    return max(1, min(slots, MAX_TASKS))
