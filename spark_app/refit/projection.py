"""One pass from features to coordinates: rows of the table `reduced`, and the same matrix as files.

Each task writes its own part, named by its partition, so a task that is tried again writes the same bytes to the same
key. The files go through the object store's client, because Spark itself may know no S3 file system.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession

from contracts.tables.reduced import COLUMNS
from contracts.tables.table import spark_schema
from spark_app.lake.arrow import fields_of
from spark_app.lake.vectors import lists, matrix
from spark_app.pca.fit import Model, decode_model, encode_model
from spark_app.refit.reading import Rows
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.part_file import PartFile

# RFC 4180: CRLF, strings in quotes, quotes in them doubled. A null label is an empty field without quotes.
_CSV = {"eol": "\r\n", "quoting_style": "needed", "quoting_header": "none"}
_ROWS = pa.schema(fields_of(COLUMNS))


@dataclass(frozen=True, slots=True)
class OutputLocation:
    """Where part files go: a folder, or an s3:// prefix. Picklable."""

    uri: str
    store: StoreSettings


def projected(spark: SparkSession, rows: Rows, model: Model, version: str, output: OutputLocation) -> DataFrame:
    """Return the rows of `reduced` for rows with features. Reading them writes the part files."""
    sent = spark.sparkContext.broadcast(encode_model(model))

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        number = context.partitionId() if context else 0
        return project(batches, decode_model(sent.value), version, f"part-{number:05d}", output)

    return rows.through(task, spark_schema(COLUMNS))


def project(
    batches: Iterable[pa.RecordBatch], model: Model, version: str, part: str, output: OutputLocation
) -> Iterator[pa.RecordBatch]:
    """Yield rows of `reduced`, and write them to `part`.csv and `part`.parquet; no files for no rows."""
    files: _Part | None = None
    for batch in batches:
        if batch.num_rows == 0:
            continue
        coordinates = model.project(matrix(batch.column("features"))).astype(np.float32)
        files = files or _Part(output, part, coordinates.shape[1])
        files.write(batch, coordinates)
        yield _reduced(batch, coordinates, version)
    if files is not None:
        files.close()


def _reduced(batch: pa.RecordBatch, coordinates: npt.NDArray[np.float32], version: str) -> pa.RecordBatch:
    made = {name: batch.column(name) for name in ("photo_id", "label")}
    made |= {"model_version": pa.array([version] * len(coordinates), pa.string()), "pcs": lists(coordinates)}
    return pa.RecordBatch.from_pydict(made, _ROWS)


class _Part:
    """A part in both formats, sent to the store as it grows. Neither file exists before `close`."""

    def __init__(self, output: OutputLocation, name: str, k: int) -> None:
        names = [pa.field("photo_id", pa.string()), pa.field("label", pa.string())]
        self._schema = pa.schema(names + [pa.field(f"pc_{number}", pa.float32()) for number in range(1, k + 1)])
        self._sinks = [PartFile(output.uri, output.store, f"{name}.{suffix}") for suffix in ("csv", "parquet")]
        self._writers = (
            pa_csv.CSVWriter(self._sinks[0], self._schema, write_options=pa_csv.WriteOptions(**_CSV)),
            pq.ParquetWriter(self._sinks[1], self._schema, compression="zstd"),
        )

    def write(self, batch: pa.RecordBatch, coordinates: npt.NDArray[np.float32]) -> None:
        """Append a batch's n rows with their coordinates, (n, k)."""
        columns = [pa.array(column) for column in np.ascontiguousarray(coordinates.T)]
        wide = [batch.column("photo_id"), batch.column("label"), *columns]
        table = pa.Table.from_arrays(wide, schema=self._schema)
        for writer in self._writers:
            writer.write_table(table)

    def close(self) -> None:
        """Finish both files."""
        for writer in self._writers:
            writer.close()
        for sink in self._sinks:
            sink.finish()
