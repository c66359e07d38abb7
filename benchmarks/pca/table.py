"""The table that all arms read: real features repeated with seeded noise, in an Iceberg table of the contract's schema.

Three snapshots: the base; a few rows more, as many at every size; and 1 % more than the base.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from contracts.tables.photos import COLUMNS
from infra.samples.features import Features
from spark_app.lake import tables

NOISE = 0.05
"""Standard deviation of the noise, in standard deviations of each feature: copies of a photo are near, not equal."""
FEW = 400
"""Rows: 1 % of the smaller table."""
CHUNK = 1_000
_SCHEMA = "photo_id string, label string, features array<float>"


@dataclass(frozen=True)
class Written:
    """A table and its snapshots: `base`, `few` rows more, `percent`: 1 % more."""

    table: str
    rows: int
    artifact_sha256: str
    base: int
    few: int
    percent: int


def written(spark: SparkSession, features: Features, rows: int, folder: Path) -> Written:
    """Return the table of that many rows; written if it is not there yet."""
    facts = folder / f"photos_{rows}.json"
    if facts.exists():
        found = Written(**json.loads(facts.read_text()))
        if found.artifact_sha256 == features.artifact_sha256:
            return found
    source = folder / "features.npy"
    np.save(source, features.rows)
    (folder / "labels.json").write_text(json.dumps(features.labels))
    table = f"fruits.bench.photos_{rows}"
    spark.sql(f"DROP TABLE IF EXISTS {table}")
    tables.ensure_photos(spark, table)
    few = min(FEW, rows // 100)
    ends = [0, rows, rows + few, rows + rows // 100]
    snapshots = []
    for number, (start, end) in enumerate(pairwise(ends)):
        if end > start:
            _append(spark, table, source, (start, end), f"batch-{number}", features.artifact_sha256)
        snapshots.append(tables.current_snapshot(spark, table) or 0)
    found = Written(table, rows, features.artifact_sha256, *snapshots)
    facts.write_text(json.dumps(asdict(found)))
    return found


def _append(
    spark: SparkSession, table: str, source: Path, span: tuple[int, int], batch: str, artifact_sha256: str
) -> None:
    made = spark.range(*span, numPartitions=2).mapInArrow(_maker(source), _SCHEMA)
    now = F.lit(datetime(2026, 11, 24, tzinfo=UTC))
    constants = {
        "batch_id": F.lit(batch),
        "bucket": F.lit("photos"),
        "key": F.lit("k"),
        "size_bytes": F.lit(1),
        "received_at": now,
        "backbone": F.lit("efficientnet_lite0"),
        "artifact_sha256": F.lit(artifact_sha256),
        "extracted_at": now,
    }
    whole = made.withColumns(constants)
    given = set(whole.columns)
    columns = [F.col(c.name) if c.name in given else F.lit(None).cast(c.type).alias(c.name) for c in COLUMNS]
    whole.select(*columns).writeTo(table).append()


def _maker(source: Path) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        real = np.load(source, mmap_mode="r")
        labels = json.loads((source.parent / "labels.json").read_text())
        deviation = real.std(axis=0)
        for batch in batches:
            numbers = batch.column(0).to_numpy()
            for start in range(0, len(numbers), CHUNK):
                yield _rows(numbers[start : start + CHUNK], real, labels, deviation)

    return task


def _rows(
    numbers: npt.NDArray[np.int64], real: npt.NDArray[np.float32], labels: list[str], deviation: npt.NDArray[np.float32]
) -> pa.RecordBatch:
    places = numbers % len(real)
    # A row is the same however Spark cuts the range: the seed is its first row's number.
    noise = np.random.default_rng(int(numbers[0])).standard_normal((len(numbers), real.shape[1]), np.float32)
    values = real[places] + NOISE * deviation * noise
    ends = np.arange(0, values.size + 1, real.shape[1], dtype=np.int32)
    features = pa.ListArray.from_arrays(pa.array(ends), pa.array(values.ravel()))
    ids = pa.array([f"{number:032x}" for number in numbers])
    named = pa.array([labels[place] for place in places])
    return pa.RecordBatch.from_arrays([ids, named, features], names=["photo_id", "label", "features"])
