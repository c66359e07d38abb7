"""The Parquet files of a snapshot, and their rows read by Arrow alone: no row passes through the JVM.

The JVM takes three times as long to turn rows of 1280 floats into Arrow batches as Arrow takes to read them
(`make bench-pca`). Iceberg says which files a snapshot has and which ids its columns have in them; a file that has
row-level deletes, or is of another format, is left to Spark.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark import SparkContext
from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from contracts.tables.photos import COLUMNS
from spark_app.lake.arrow import ARROW
from spark_app.lake.tables import iceberg

READ = ("photo_id", "label", "features")
"""The columns of a pass over features."""
_TYPES = {column.name: ARROW[column.type] for column in COLUMNS}
_BUFFER = 8 * 1024 * 1024  # of a request to S3: a row group of 128 MiB takes 17
FIELD_ID = b"PARQUET:field_id"

OpenFile = Callable[[str, int], Any]
"""Opens a file by its URI and its size in bytes, as something that Arrow can read."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A part of a file that can be read by itself. `number` None means all of the file."""

    uri: str
    file_bytes: int
    file_rows: int
    number: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class DataFiles:
    """What a reader needs of a snapshot: its files, and the field id of each of its columns. Picklable.

    Rows are those with features, of one artifact or, if that is None, of all.
    """

    groups: tuple[RowGroup, ...]
    columns: Mapping[str, int]
    artifact_sha256: str | None

    def since(self, earlier: "DataFiles") -> "DataFiles | None":
        """Return the files that came after an earlier snapshot; None if any of its files has gone."""
        known = {group.uri for group in earlier.groups}
        if not known <= {group.uri for group in self.groups}:
            return None
        came = tuple(group for group in self.groups if group.uri not in known)
        return DataFiles(came, self.columns, self.artifact_sha256)


def data_files(spark: SparkSession, table: str, snapshot_id: int, artifact_sha256: str | None) -> DataFiles | str:
    """Return the files of a snapshot that may hold such rows; a sentence says why only Spark may read them."""
    loaded = iceberg(spark, table)
    expressions: Any = spark.sparkContext._jvm.org.apache.iceberg.expressions.Expressions  # type: ignore[union-attr]
    scan = loaded.newScan().useSnapshot(snapshot_id).filter(expressions.isNull("rejection"))
    if artifact_sha256 is not None:
        scan = scan.filter(expressions.equal("artifact_sha256", artifact_sha256))
    planned = scan.planFiles()
    groups: list[RowGroup] = []
    try:
        tasks = planned.iterator()
        while tasks.hasNext():
            task = tasks.next()
            if int(task.deletes().size()):
                return "the table has row-level delete files"
            if str(task.file().format()) != "PARQUET":
                return f"the table has {task.file().format()} files"
            groups += _groups(task.file())
    finally:
        planned.close()
    return DataFiles(tuple(groups), field_ids(spark.sparkContext, loaded, snapshot_id, _TYPES), artifact_sha256)


def field_ids(context: SparkContext, loaded: Any, snapshot_id: int, columns: Iterable[str]) -> dict[str, int]:
    """Return the field id of each of the columns that the snapshot's own schema has. The present one may differ."""
    jvm: Any = context._jvm
    schema = jvm.org.apache.iceberg.util.SnapshotUtil.schemaFor(loaded, snapshot_id)
    found = {name: schema.findField(name) for name in columns}
    return {name: int(field.fieldId()) for name, field in found.items() if field is not None}


def _groups(file: Any) -> Iterator[RowGroup]:
    size, rows, offsets = int(file.fileSizeInBytes()), int(file.recordCount()), file.splitOffsets()
    starts = [] if offsets is None else [int(start) for start in offsets]
    if not starts:  # written by something that names none
        yield RowGroup(str(file.location()), size, rows, None, size)
        return
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], size], strict=True)):
        yield RowGroup(str(file.location()), size, rows, number, end - start)


def shared_out(groups: Iterable[RowGroup], tasks: int) -> list[list[RowGroup]]:
    """Give each of at most `tasks` tasks about as many bytes, the same at each call (pure).

    The largest part goes first, each to the task with the least so far: the longest is at most 4/3 of the best there
    is (R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17, 1969).
    """
    ordered = sorted(groups, key=lambda one: (-one.bytes, one.uri, one.number or 0))
    shares: list[list[RowGroup]] = [[] for _ in range(max(1, min(tasks, len(ordered))))]
    sizes = [0] * len(shares)
    for group in ordered:
        least = sizes.index(min(sizes))
        shares[least].append(group)
        sizes[least] += group.bytes
    return [sorted(share, key=lambda one: (one.uri, one.number or 0)) for share in shares]


def read(
    files: DataFiles, share: Sequence[RowGroup], open_file: OpenFile, rows: int, columns: Sequence[str] = READ
) -> Iterator[pa.RecordBatch]:
    """Yield columns of a share's rows, at most `rows` rows at a time, as they lie there.

    Raises:
        GiveUp: a file holds another number of rows than Iceberg says.
    """
    choice = ("rejection",) if files.artifact_sha256 is None else ("rejection", "artifact_sha256")
    ids = {name: files.columns[name] for name in dict.fromkeys((*columns, *choice)) if name in files.columns}
    for uri, of_uri in groupby(share, key=attrgetter("uri")):
        of_file = list(of_uri)
        with pq.ParquetFile(open_file(uri, of_file[0].file_bytes), buffer_size=_BUFFER) as file:
            names = names_in(file, uri, of_file[0].file_rows, ids)
            numbers = [group.number for group in of_file if group.number is not None]
            # With threads Arrow would use all cores of the machine, and the other tasks have theirs.
            found = file.iter_batches(rows, numbers or None, [*names.values()], use_threads=False)
            for batch in found:
                yield from _chosen(batch, names, files.artifact_sha256, columns)


def names_in(file: pq.ParquetFile, uri: str, rows: int, ids: Mapping[str, int]) -> dict[str, str]:
    """Return what an opened file calls each column. Iceberg tells columns by their ids, not by names.

    Raises:
        GiveUp: the file holds another number of rows than Iceberg says.
    """
    if file.metadata.num_rows != rows:
        raise GiveUp(f"{uri} has {file.metadata.num_rows} rows, its table says {rows}")
    fields = [field for field in file.schema_arrow if FIELD_ID in (field.metadata or {})]
    named = {int(field.metadata[FIELD_ID]): field.name for field in fields}
    return {name: named[number] for name, number in ids.items() if number in named}


def _chosen(
    batch: pa.RecordBatch, names: Mapping[str, str], artifact_sha256: str | None, columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    wanted = pc.is_null(_column(batch, names, "rejection"))
    if artifact_sha256 is not None:
        wanted = pc.and_(wanted, pc.equal(_column(batch, names, "artifact_sha256"), artifact_sha256))
    count = int(pc.sum(wanted).as_py() or 0)
    if count:
        found = pa.RecordBatch.from_arrays([_column(batch, names, name) for name in columns], names=list(columns))
        yield found if count == batch.num_rows else found.filter(wanted)


def _column(batch: pa.RecordBatch, names: Mapping[str, str], name: str) -> pa.Array:
    """Return a column; nulls where the file is older than it is."""
    return batch.column(names[name]) if name in names else pa.nulls(batch.num_rows, _TYPES[name])
