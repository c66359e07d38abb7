"""(b) Ours: batches in one session, commit included. `--endpoint URL`: from an S3 there."""

import os
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession

from benchmarks.extract.arms.common import Passes, Task, files, keep, key_of, say, task
from contracts.jobs.spark_settings import Catalog, local
from contracts.photos.manifest import Photo, encode, photo_id
from infra.local.cloud import REGION
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from spark_app import extract_job
from spark_app.extract_job import Arguments
from spark_app.lake import tables
from spark_app.stores.buckets import StoreSettings

ROOT = Path(__file__).resolve().parents[3]


def table(number: int) -> str:
    """Name the table of a pass, each its own: a photo that has a row in a table is not worked on again."""
    return f"fruits.bench.photos_{number}"


def manifest(photos: Path, batch: str) -> bytes:
    """Write the manifest: the folder's name is the bucket, the path below it the key."""
    bucket = photos.name
    asked = []
    for file in files(photos):
        key = key_of(file)
        asked.append(Photo(photo_id(bucket, key, None), bucket, key, file.stat().st_size, "2026-11-23T10:00:00Z"))
    return encode(batch, asked)


def settings(folder: Path) -> dict[str, str]:
    """Spark's settings of a laptop, with a table in a folder of its own."""
    return local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(), folder)


def arguments(given: Task, photos: Path, manifest: Path, table: str) -> Arguments:
    """Return the job's arguments for one batch."""
    folder = None if given.endpoint else f"file://{photos.parent}"
    store = StoreSettings(REGION, endpoint=given.endpoint or None, folder=folder)
    return Arguments(str(manifest), table, str(given.artifact), "litert", None, store)


def main() -> None:
    """Measure."""
    given = task()
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)})
    with tempfile.TemporaryDirectory(dir=given.out) as name:
        folder = Path(name)
        builder = SparkSession.builder.appName("bench")
        for key, value in settings(folder).items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        passes = Passes()
        for number, photos in enumerate(given.folders):
            path = folder / f"{number}.jsonl"
            path.write_bytes(manifest(photos, f"batch-{number}"))
            tables.ensure_photos(spark, table(number))
            asked = arguments(given, photos, path, table(number))
            with passes.timed():
                report = extract_job.run(spark, asked, uuid.uuid4().hex, datetime.now(UTC))
            sys.stderr.write(f"{report}\n")
        found = spark.table(table(number)).where("features IS NOT NULL").select("key", "features").toPandas()
        spark.stop()
    keep(given.out, list(found["key"]), np.stack(list(found["features"])).astype(np.float32))
    say(passes.spans, len(found))


if __name__ == "__main__":
    main()
