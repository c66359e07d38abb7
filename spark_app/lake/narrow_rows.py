"""A few columns of a snapshot's rows, read from its files by the driver: no session of Spark SQL, no task.

Arrow reads the chunks of those columns alone, so features stay where they are. What Spark alone can read, or reads
better because it is a great many files, is left to it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import SparkContext

from spark_app.lake.data_files import OpenFile, field_ids, names_in

MOST_FILES = 512
"""More are left to Spark. Each takes two requests and a millisecond of the JVM."""
_AT_ONCE = 8
_BUFFER = 1024 * 1024

Choose = Callable[[pa.Table], pa.Table]
"""Returns the rows that are wanted, and perhaps a column more."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """Files of a snapshot, by URI, bytes and rows, and the field id of each column that is to be read."""

    files: tuple[tuple[str, int, int], ...]
    columns: Mapping[str, int]


def plan(context: SparkContext, loaded: Any, snapshot_id: int, condition: Any, columns: Sequence[str]) -> Narrow | None:
    """Return the files that may hold rows of an Iceberg expression; None: leave them to Spark.

    A file may hold other rows too. A column that the snapshot's schema lacks is null in all its rows.
    """
    planned = loaded.newScan().useSnapshot(snapshot_id).filter(condition).planFiles()
    files: list[tuple[str, int, int]] = []
    try:
        tasks = planned.iterator()
        while tasks.hasNext():
            task = tasks.next()
            file = task.file()
            if len(files) == MOST_FILES or int(task.deletes().size()) or str(file.format()) != "PARQUET":
                return None
            files.append((str(file.location()), int(file.fileSizeInBytes()), int(file.recordCount())))
    finally:
        planned.close()
    return Narrow(tuple(files), field_ids(context, loaded, snapshot_id, columns))


def read(narrow: Narrow, open_file: OpenFile, columns: Sequence[str], choose: Choose) -> list[dict[str, Any]]:
    """Return the chosen rows of all files, as dictionaries; each column is of strings.

    Raises:
        GiveUp: a file holds another number of rows than Iceberg says.
        RetryLater: the store does not answer.
    """

    def rows(file: tuple[str, int, int]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = choose(_table(file, narrow.columns, open_file, columns)).to_pylist()
        return found

    if len(narrow.files) <= 1:
        return [row for file in narrow.files for row in rows(file)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [row for found in pool.map(rows, narrow.files) for row in found]


def _table(file: tuple[str, int, int], ids: Mapping[str, int], open_file: OpenFile, columns: Sequence[str]) -> pa.Table:
    uri, size, count = file
    with pq.ParquetFile(open_file(uri, size), buffer_size=_BUFFER) as opened:
        there = names_in(opened, uri, count, ids)
        table = opened.read([*there.values()], use_threads=False)
    filled = [table[there[name]] if name in there else pa.nulls(count, pa.string()) for name in columns]
    return pa.table(filled, names=list(columns))
