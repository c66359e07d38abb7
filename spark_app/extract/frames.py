"""From DataFrames of photos to DataFrames of rows: one row a photo, with features or a named rejection."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyspark import Accumulator, AccumulatorParam
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.photos.costs import cpu_seconds
from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from contracts.photos.results import Result
from contracts.tables.photos import COLUMNS
from spark_app.extract import partitions
from spark_app.extract.manifest import Malformed
from spark_app.extract.per_photo import PhotoSettings
from spark_app.extract.task import ROWS, run_share, share_of
from spark_app.lake.arrow import spark_schema
from spark_app.network.engine import EngineSpec
from spark_app.session import SparkRun

_SCHEMA = spark_schema(ROWS)


class CountsParam(AccumulatorParam[Counter[str]]):
    """Adds the workers' counters; of a peak it keeps the highest."""

    def zero(self, value: Counter[str]) -> Counter[str]:  # noqa: ARG002  Spark's signature
        """Return an empty counter."""
        return Counter()

    def addInPlace(self, value1: Counter[str], value2: Counter[str]) -> Counter[str]:  # noqa: N802  Spark's name
        """Fold the second counter into the first."""
        for name, count in value2.items():
            value1[name] = max(value1[name], count) if name.startswith("peak_") else value1[name] + count
        return value1


class ResultsParam(AccumulatorParam[list[Result]]):
    """Joins the workers' lists."""

    def zero(self, value: list[Result]) -> list[Result]:  # noqa: ARG002  Spark's signature
        """Return an empty list."""
        return []

    def addInPlace(self, value1: list[Result], value2: list[Result]) -> list[Result]:  # noqa: N802  Spark's name
        """Append the second list to the first."""
        value1 += value2
        return value1


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """What the driver gets from the tasks beside their rows.

    The totals are exact if the rows are written by an action's last stage: Spark adds a task's values in the same step
    in which it takes that task's files for the commit, and for one of its attempts only
    (`DAGScheduler.handleTaskCompletion`).
    """

    counts: Accumulator[Counter[str]]
    left_out: Accumulator[list[Result]]

    @classmethod
    def zero(cls, spark: SparkSession | SparkRun) -> "TaskTotals":
        """Return accumulators that are still empty."""
        context = spark.sparkContext
        return cls(context.accumulator(Counter(), CountsParam()), context.accumulator([], ResultsParam()))


def planned(photos: Sequence[Photo], count: int | None, slots: int) -> list[list[Photo]]:
    """Spread photos over `count` tasks; None computes the count from the photos' costs and the task slots."""
    costs = [cpu_seconds(photo.key, photo.size_bytes) for photo in photos]
    plan = partitions.plan(costs, [1.0] * count if count else partitions.weights(costs, slots))
    return [[photos[index] for index in share] for share in plan]


def shares(spark: SparkSession, plan: Sequence[Sequence[Photo]]) -> DataFrame:
    """Return a DataFrame with one row and one partition for each task: `photos binary`, an Arrow stream of its photos.

    It is a local relation, which needs no Python worker to reach the tasks: that worker would displace one that holds
    an engine.
    """
    spark.conf.set("spark.sql.leafNodeDefaultParallelism", str(len(plan)))
    return _local(spark, "photos", [share_of(share) for share in plan], "binary")


def named(spark: SparkSession, photo_ids: Sequence[str]) -> DataFrame:
    """Return a DataFrame of one column, `photo_id`."""
    return _local(spark, "photo_id", photo_ids, "string")


def _local(spark: SparkSession, name: str, values: Sequence[Any], kind: str) -> DataFrame:
    import pandas as pd  # a third of a second, and most runs make no DataFrame

    # With Arrow the values become a local relation; without it the JVM unpickles an object for each of them.
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    return spark.createDataFrame(pd.DataFrame({name: values}, dtype=object), f"{name} {kind}")


def extract(
    photos: DataFrame, settings: PhotoSettings, engine_spec: EngineSpec, totals: TaskTotals | None = None
) -> DataFrame:
    """Return the rows of `ROWS` for shares of photos. Each reading of the result runs the CNN."""

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        seen: Counter[str] = Counter()
        left_out: list[Result] = []
        for batch in batches:
            for share in batch.column(0):
                yield from run_share(share.as_buffer(), settings, engine_spec, seen, left_out)
        if totals is not None:
            totals.counts.add(seen)
            totals.left_out.add(left_out)

    return photos.mapInArrow(task, _SCHEMA)


def malformed_rows(spark: SparkSession, entries: Sequence[Malformed]) -> DataFrame:
    """Return rows of `ROWS` for entries whose photo cannot be fetched: their sound fields, and the rejection."""
    rejected = {"rejection": Rejection.MALFORMED_ENTRY.value}
    values = [{**entry.fields, **rejected} for entry in entries]
    return spark.createDataFrame([tuple(map(value.get, ROWS.names)) for value in values], _SCHEMA).coalesce(1)


def table_rows(rows: DataFrame, batch_id: str, backbone: str, artifact_sha256: str, started: datetime) -> DataFrame:
    """Return rows with the columns of the table `photos`, in its order; those that a batch shares are filled in."""
    constants = {
        "batch_id": F.lit(batch_id),
        "backbone": F.lit(backbone),
        "artifact_sha256": F.lit(artifact_sha256),
        "extracted_at": F.lit(started),
        "received_at": F.to_timestamp("received_at"),
    }
    return rows.select(*(constants.get(c.name, F.col(c.name)).cast(c.type).alias(c.name) for c in COLUMNS))
