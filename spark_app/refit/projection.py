"""One pass from features to coordinates, which tasks write to files: for people, and for the table `reduced`.

Each task writes its own part, named by its partition, so a task that is tried again writes the same bytes to the same
key. The files go through the object store's client, because Spark itself may know no S3 file system.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import SparkSession

from spark_app.lake.new_files import NewFile
from spark_app.lake.vectors import matrix
from spark_app.pca.fit import Model, decode_model, encode_model
from spark_app.refit.held_out import Sample, Wanted, kept
from spark_app.refit.part import OutputLocation, Part
from spark_app.refit.reading import Rows

_NAMES = ["location", "bytes", "photo_ids", "labels", "coordinates"]
_WRITTEN = "location string, bytes bigint, photo_ids array<string>, labels array<string>, coordinates binary"


@dataclass(frozen=True)
class Projected:
    """What the tasks wrote for the table `reduced`, and the coordinates that were wanted."""

    files: list[NewFile]
    sample: Sample


def projected(
    spark: SparkSession, rows: Rows, model: Model, version: str, output: OutputLocation, wanted: Wanted
) -> Projected:
    """Write the parts of a version."""
    sent = spark.sparkContext.broadcast(encode_model(model))

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        number = context.partitionId() if context else 0
        yield from project(batches, decode_model(sent.value), version, f"part-{number:05d}", output, wanted)

    found = rows.through(task, _WRITTEN).collect()
    ids = [photo for row in found for photo in row.photo_ids]
    labels = [label for row in found for label in row.labels]
    coordinates = np.frombuffer(b"".join(row.coordinates for row in found), np.float32)
    sample = kept(wanted, ids, labels, coordinates.reshape(len(ids), len(model.variances)))
    return Projected([NewFile(row.location, row.bytes) for row in found], sample)


def project(
    batches: Iterable[pa.RecordBatch], model: Model, version: str, name: str, output: OutputLocation, wanted: Wanted
) -> Iterator[pa.RecordBatch]:
    """Write a part, and yield one row on it; no row, and no file, for no rows."""
    part: Part | None = None
    sample = _Gathered(wanted)
    for batch in batches:
        if batch.num_rows:
            coordinates = model.project(matrix(batch.column("features"))).astype(np.float32)
            part = part or Part(output, name, coordinates.shape[1], version)
            part.write(batch, coordinates)
            sample.add(batch, coordinates)
    if part is not None:
        yield sample.row(part.close())


class _Gathered:
    """The wanted photos of a task."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._ids: list[str] = []
        self._labels: list[str | None] = []
        self._coordinates: list[npt.NDArray[np.float32]] = []

    def add(self, batch: pa.RecordBatch, coordinates: npt.NDArray[np.float32]) -> None:
        """Take the wanted photos out of a batch with coordinates (n, k)."""
        ids, labels = batch.column("photo_id").to_pylist(), batch.column("label").to_pylist()
        places = self._wanted.places(ids, labels)
        self._ids += [ids[place] for place in places]
        self._labels += [labels[place] for place in places]
        self._coordinates.append(coordinates[places])

    def row(self, file: NewFile) -> pa.RecordBatch:
        """Return what a task answers: its data file, and these photos."""
        cells = [file.location, file.bytes, self._ids, self._labels, np.concatenate(self._coordinates).tobytes()]
        kinds = [pa.string(), pa.int64(), pa.list_(pa.string()), pa.list_(pa.string()), pa.binary()]
        columns = [pa.array([cell], kind) for cell, kind in zip(cells, kinds, strict=True)]
        return pa.RecordBatch.from_arrays(columns, names=_NAMES)
