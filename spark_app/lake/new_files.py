"""Data files that tasks write by Arrow, past the JVM, and that a commit then adds to a table.

Iceberg tells columns by ids, so each file carries those of its table. It takes a file's bounds from its footer.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark import SparkContext
from pyspark.sql import SparkSession

from spark_app.lake.data_files import FIELD_ID
from spark_app.lake.tables import iceberg


@dataclass(frozen=True, slots=True)
class NewFiles:
    """Where new data files go, a location as Iceberg writes it, and the schema that they must have. Picklable."""

    folder: str
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class NewFile:
    """A data file that no snapshot has yet, and its size in bytes.

    `offsets`: where its row groups begin, so that several tasks may read it. None named: it is read as a whole.
    """

    location: str
    bytes: int
    offsets: tuple[int, ...] = ()


def new_files(spark: SparkSession, table: str, folder: str, schema: pa.Schema) -> NewFiles:
    """Return where files of columns of this schema go: a folder of their own among the table's data files."""
    return new_files_of(iceberg(spark, table), folder, schema)


def new_files_of(loaded: Any, folder: str, schema: pa.Schema) -> NewFiles:
    """Return the same for a table that is loaded."""
    location = str(loaded.locationProvider().newDataLocation(folder))
    return NewFiles(location, pa.schema([_with_ids(field, loaded.schema(), field.name) for field in schema]))


def _with_ids(field: pa.Field, schema: Any, path: str) -> pa.Field:
    if pa.types.is_list(field.type):
        element = _with_ids(field.type.value_field, schema, f"{path}.element")
        field = field.with_type(pa.list_(element))
    number = str(schema.findField(path).fieldId())
    return field.with_metadata({FIELD_ID: number.encode()})


def data_file(context: SparkContext, loaded: Any, file: NewFile) -> Any:
    """Return a file as Iceberg's Java API takes it, with the row count and bounds that its footer says."""
    jvm: Any = context._jvm
    metrics_of = jvm.org.apache.iceberg.parquet.ParquetUtil.fileMetrics
    metrics = metrics_of(loaded.io().newInputFile(file.location), jvm.org.apache.iceberg.MetricsConfig.forTable(loaded))
    builder = jvm.org.apache.iceberg.DataFiles.builder(loaded.spec()).withPath(file.location).withFormat("parquet")
    if file.offsets:
        # Through an array, because py4j makes an Integer of a small number, and Iceberg's list is of Longs.
        offsets = context._gateway.new_array(jvm.long, len(file.offsets))  # type: ignore[union-attr]
        for place, offset in enumerate(file.offsets):
            offsets[place] = offset
        longs = jvm.java.util.stream.LongStream.of(offsets).boxed()
        builder = builder.withSplitOffsets(longs.collect(jvm.java.util.stream.Collectors.toList()))
    return builder.withFileSizeInBytes(file.bytes).withMetrics(metrics).build()


def group_offsets(footer: Any) -> tuple[int, ...]:
    """Return where the row groups of a Parquet file begin, by its `pyarrow.parquet.FileMetaData` (pure)."""
    columns = [footer.row_group(number).column(0) for number in range(footer.num_row_groups)]
    return tuple(one.dictionary_page_offset or one.data_page_offset for one in columns)
