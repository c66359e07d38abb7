"""DataFrame in, DataFrame out: one row a photo, features or a named rejection."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pandas as pd
import pyarrow as pa
from pyspark import Accumulator, AccumulatorParam
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from infra.contracts.manifest import Manifest, Photo
from infra.contracts.photos_table import COLUMNS
from spark_app import partitions
from spark_app.arrow import spark_schema
from spark_app.stage import Stage
from spark_app.task import ROWS, EngineRecipe, run_share, share_of


class CountsParam(AccumulatorParam["Counter[str]"]):
    """Adds the workers' counters; of a peak, the highest counts."""

    def zero(self, value: "Counter[str]") -> "Counter[str]":  # noqa: ARG002  Spark's signature
        """Return an empty counter."""
        return Counter()

    def addInPlace(self, value1: "Counter[str]", value2: "Counter[str]") -> "Counter[str]":  # noqa: N802  Spark's name
        """Fold the second counter into the first."""
        for name, count in value2.items():
            value1[name] = max(value1[name], count) if name.startswith("peak_") else value1[name] + count
        return value1


def planned(manifest: Manifest, count: int | None, slots: int) -> list[list[Photo]]:
    """Spread a batch's photos over tasks; `count` None computes how many from the batch and the task slots."""
    sizes = [photo.size_bytes for photo in manifest.photos]
    plan = partitions.plan(sizes, [1.0] * count if count else partitions.weights(sizes, slots))
    return [[manifest.photos[index] for index in share] for share in plan]


def shares(spark: SparkSession, plan: Sequence[Sequence[Photo]]) -> DataFrame:
    """Return a DataFrame with one row and one partition for each task: `photos binary`, its keys as an Arrow stream.

    A local relation, because it reaches the tasks without a Python worker of its own, which would take the place of
    one that holds an engine.
    """
    spark.conf.set("spark.sql.leafNodeDefaultParallelism", str(len(plan)))
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    return spark.createDataFrame(pd.DataFrame({"photos": [share_of(share) for share in plan]}), "photos binary")


def extract(
    photos: DataFrame, stage: Stage, recipe: EngineRecipe, counts: "Accumulator[Counter[str]] | None" = None
) -> DataFrame:
    """Turn the shares into rows of `ROWS`. The CNN runs when the result is read, and again at each further reading."""

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        seen: Counter[str] = Counter()
        for batch in batches:
            for share in batch.column(0):
                yield from run_share(share.as_buffer(), stage, recipe, seen)
        if counts is not None:
            counts.add(seen)

    return photos.mapInArrow(task, spark_schema(ROWS))


def table_rows(rows: DataFrame, batch_id: str, backbone: str, artifact_sha256: str, started: datetime) -> DataFrame:
    """Return the columns of the table `photos`, in its order, with what is the same for the whole batch filled in."""
    constants = {
        "batch_id": F.lit(batch_id),
        "backbone": F.lit(backbone),
        "artifact_sha256": F.lit(artifact_sha256),
        "extracted_at": F.lit(started),
        "received_at": F.to_timestamp("received_at"),
    }
    return rows.select(*(constants.get(c.name, F.col(c.name)).cast(c.type).alias(c.name) for c in COLUMNS))
