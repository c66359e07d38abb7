"""A table `photos` in several files for tests of the maintenance, the job over it, and looks at what is left."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pyspark.sql import SparkSession

from spark_app import maintain_job
from spark_app.lake import tables
from spark_app.maintain_job import Arguments, TableReport
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.batches import rows

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def put(spark: SparkSession, table: str, batch: str, count: int = 8, mark: float = 1.0, files: int = 4) -> int:
    """Replace a batch, its rows in several files, as an extract run's tasks write them."""
    since = tables.current_snapshot(spark, table)
    made = rows(spark, batch, count, mark).repartition(files)
    return tables.replace_batch(made, table, batch, since, uuid4().hex)


def maintain(spark: SparkSession, table: str, now: datetime = NOW, **more: Any) -> TableReport:
    report = maintain_job.run(spark, Arguments((table,), StoreSettings(), **more), now)
    return report.tables[table]


def content(spark: SparkSession, table: str) -> Counter[tuple[str, str, tuple[float, ...]]]:
    found = spark.table(table).select("photo_id", "batch_id", "features").collect()
    return Counter((row.photo_id, row.batch_id, tuple(row.features)) for row in found)


def made_at(spark: SparkSession, table: str, snapshot_id: int) -> datetime:
    milliseconds = tables.iceberg(spark, table).snapshot(snapshot_id).timestampMillis()
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def snapshots(spark: SparkSession, table: str) -> set[int]:
    return {int(one.snapshotId()) for one in tables.iceberg(spark, table).snapshots()}


def folder_of(spark: SparkSession, table: str) -> Path:
    return Path(urlsplit(str(tables.iceberg(spark, table).location())).path)


def orphan(folder: Path, name: str, age: timedelta) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left by a run that died")
    changed = (NOW - age).timestamp()
    os.utime(path, (changed, changed))
    return path
