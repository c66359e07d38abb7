"""A task's rows as data files of the table `photos`, written by Arrow. It runs in Spark's Python worker.

No row passes through the JVM, so a run needs none of Spark SQL's classes. What a task has written is no part of the
table before the driver commits it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import TaskContext

from contracts.photos.manifest import Photo
from contracts.photos.results import Result
from contracts.tables.photos import COLUMNS
from spark_app.extract.per_photo import PhotoSettings
from spark_app.extract.task import run_share, share_of
from spark_app.lake.arrow import fields_of, leave_pandas_out
from spark_app.lake.new_files import NewFile, NewFiles, group_offsets
from spark_app.network.engine import EngineSpec
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.part_file import PartFile
from spark_app.stores.uris import of_location

ROWS_PER_GROUP = 2_048
"""10 MB of features: what a task holds before it writes them."""
ROWS_PER_FILE = 12 * ROWS_PER_GROUP
"""About 128 MB, as the table's properties ask of Spark."""

SCHEMA = pa.schema(fields_of(COLUMNS))
"""The rows of the table, in its order."""
_REPEATED = [column.name for column in COLUMNS if column.type == "string"]
# Features do not repeat: a dictionary of them, or their bounds, would be of no use. As the table's properties say.
_PARQUET = {"compression": "zstd", "compression_level": 3, "use_dictionary": _REPEATED}
_BOUNDED = [column.name for column in COLUMNS if not column.type.startswith("array")]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a run's rows go, and what all of them share. Picklable."""

    files: NewFiles
    batch_id: str
    backbone: str
    artifact_sha256: str
    extracted_at: datetime


@dataclass(slots=True)
class Done:
    """What a task has made. Spark takes one attempt's of each task."""

    files: list[NewFile] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: list[Result] = field(default_factory=list)


def write_shares(
    shares: Iterable[Sequence[Photo]], settings: PhotoSettings, engine_spec: EngineSpec, to: Destination
) -> Iterator[Done]:
    """Work on a task's shares of photos, write their rows, and yield what was made.

    Raises:
        RowsLostError: rows and photos differ in number; no file of theirs is committed.
    """
    leave_pandas_out()
    done, context = Done(), TaskContext.get()
    files = TaskFiles(to, settings, f"{context.taskAttemptId() if context else 0:06d}")
    for share in shares:
        for rows in run_share(pa.py_buffer(share_of(share)), settings, engine_spec, done.counts, done.left_out):
            files.add(rows)
    done.files = files.finish()
    yield done


class TaskFiles:
    """The files of one attempt at a task. None appears in the store before it is whole."""

    def __init__(self, to: Destination, settings: PhotoSettings, name: str) -> None:
        self._to, self._store, self._name = to, settings.store, name
        self._held: list[pa.RecordBatch] = []
        self._file: _OpenFile | None = None
        self._whole: list[NewFile] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows of `task.ROWS`."""
        self._held.append(table_rows(rows, self._to))
        if sum(map(len, self._held)) >= ROWS_PER_GROUP:
            self._write()

    def finish(self) -> list[NewFile]:
        """Complete the files, and return them."""
        self._write()
        self._close()
        return self._whole

    def _write(self) -> None:
        rows, self._held = pa.Table.from_batches(self._held, SCHEMA).combine_chunks(), []
        if not rows:
            return
        if self._file is None:
            name = f"{self._name}-{len(self._whole):03d}.parquet"
            self._file = _OpenFile(self._to.files, self._store, name)
        self._file.write(rows)
        if self._file.rows >= ROWS_PER_FILE:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._whole.append(self._file.close())
            self._file = None


class _OpenFile:
    def __init__(self, to: NewFiles, store: StoreSettings, name: str) -> None:
        self._location, self._schema, self.rows = f"{to.folder}/{name}", to.schema, 0
        self._sink = PartFile(of_location(to.folder), store, name)
        self._footer: list[pq.FileMetaData] = []
        how = {"write_statistics": _BOUNDED, "metadata_collector": self._footer, **_PARQUET}
        self._writer = pq.ParquetWriter(self._sink, to.schema, **how)

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows.cast(self._schema))
        self.rows += len(rows)

    def close(self) -> NewFile:
        self._writer.close()
        self._sink.finish()
        return NewFile(self._location, self._sink.size, group_offsets(self._footer[0]))


def table_rows(rows: pa.RecordBatch, to: Destination) -> pa.RecordBatch:
    """Return rows of `task.ROWS` with the columns of the table, in its order (pure)."""
    shared = {
        "batch_id": to.batch_id,
        "backbone": to.backbone,
        "artifact_sha256": to.artifact_sha256,
        "extracted_at": to.extracted_at,
    }
    made = {name: pa.repeat(pa.scalar(value, SCHEMA.field(name).type), len(rows)) for name, value in shared.items()}
    made["received_at"] = pa.array(map(moment, rows["received_at"].to_pylist()), SCHEMA.field("received_at").type)
    return pa.RecordBatch.from_arrays(
        [made[name] if name in made else rows[name] for name in SCHEMA.names], schema=SCHEMA
    )


def moment(text: str | None) -> datetime | None:
    """Return the time of an entry; None for one that is not in the calendar, as Spark's `to_timestamp` does (pure)."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
