"""One pass from features to coordinates, which tasks write to files: for people, and for the table `reduced`.

Each task writes its own part, named by its partition, so a task that is tried again writes the same bytes to the same
key. The files go through the object store's client, because Spark itself may know no S3 file system.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import SparkSession

from spark_app.lake.new_files import NewFile
from spark_app.lake.vectors import matrix
from spark_app.pca.fit import Model, decode_model, encode_model
from spark_app.refit.part import OutputLocation, Part
from spark_app.refit.reading import Rows

_WRITTEN = "location string, bytes bigint"


def projected(spark: SparkSession, rows: Rows, model: Model, version: str, output: OutputLocation) -> list[NewFile]:
    """Write the parts of a version, and return the data files for the table `reduced`."""
    sent = spark.sparkContext.broadcast(encode_model(model))

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        context = TaskContext.get()
        number = context.partitionId() if context else 0
        written = project(batches, decode_model(sent.value), version, f"part-{number:05d}", output)
        if written is not None:
            yield pa.RecordBatch.from_pydict({"location": [written.location], "bytes": [written.bytes]})

    return [NewFile(row.location, row.bytes) for row in rows.through(task, _WRITTEN).collect()]


def project(
    batches: Iterable[pa.RecordBatch], model: Model, version: str, name: str, output: OutputLocation
) -> NewFile | None:
    """Write a part, and return its data file; None, and no file, for no rows."""
    part: Part | None = None
    for batch in batches:
        if batch.num_rows:
            coordinates = model.project(matrix(batch.column("features"))).astype(np.float32)
            part = part or Part(output, name, coordinates.shape[1], version)
            part.write(batch, coordinates)
    return None if part is None else part.close()
