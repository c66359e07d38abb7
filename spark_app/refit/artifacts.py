"""The artifacts that a snapshot has features of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from spark_app.lake import changes, data_files
from spark_app.refit.reading import Rows, RowsBySpark, RowsOfFiles
from spark_app.stores.buckets import StoreSettings

_COLUMNS = ("artifact_sha256", "backbone", "extracted_at")
_COUNTED = "artifact_sha256 string, backbone string, rows bigint, newest bigint"


@dataclass(frozen=True, slots=True)
class ArtifactRows:
    """How many rows with features an artifact has, and when the newest was extracted, in microseconds since 1970."""

    artifact_sha256: str
    backbone: str
    rows: int
    newest: int


def artifacts_at(spark: SparkSession, table: str, snapshot_id: int, store: StoreSettings) -> list[ArtifactRows]:
    """Count the rows of each artifact in a snapshot, the one with the newest row first. Reads no features."""
    slots = spark.sparkContext.defaultParallelism
    files = data_files.data_files(spark, table, snapshot_id, None)
    if isinstance(files, str):
        return counted(RowsBySpark(changes.features_at(spark, table, snapshot_id), slots, _COLUMNS))
    return counted(RowsOfFiles(spark, files, store, slots, _COLUMNS))


def counted(rows: Rows) -> list[ArtifactRows]:
    """Count rows of `_COLUMNS`, as `artifacts_at` does."""
    totals: dict[str, ArtifactRows] = {}
    for row in rows.through(_count, _COUNTED).collect():
        found = totals.get(row.artifact_sha256, ArtifactRows(row.artifact_sha256, row.backbone, 0, row.newest))
        # All rows of an artifact have the same backbone; `max` picks it.
        backbone, newest = max(found.backbone, row.backbone), max(found.newest, row.newest)
        totals[row.artifact_sha256] = ArtifactRows(row.artifact_sha256, backbone, found.rows + row.rows, newest)
    return sorted(totals.values(), key=lambda one: (one.newest, one.artifact_sha256), reverse=True)


def _count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        times = pc.cast(batch.column("extracted_at"), pa.int64())
        rows = pa.Table.from_arrays([batch.column(0), batch.column(1), times], names=["artifact", "backbone", "time"])
        sums = rows.group_by("artifact").aggregate([("backbone", "max"), ("time", "count"), ("time", "max")])
        columns = [sums.column(name) for name in ("artifact", "backbone_max", "time_count", "time_max")]
        named = pa.Table.from_arrays(columns, names=["artifact_sha256", "backbone", "rows", "newest"])
        yield from named.to_batches()
