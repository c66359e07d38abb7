"""(b) Ours, warm: two batches in one session, commit included. `--extra URL`: from an S3 there."""

import os
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession

from benchmarks.extract.arms.common import Passes, Task, keep, say, task
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


def manifest(given: Task, batch: str) -> bytes:
    """Write the manifest: the folder's name is the bucket, the path below it the key."""
    bucket = given.photos.name
    photos = []
    for file in given.files():
        key = given.name_of(file)
        photos.append(Photo(photo_id(bucket, key, None), bucket, key, file.stat().st_size, "2026-11-23T10:00:00Z"))
    return encode(batch, photos)


def settings(folder: Path) -> dict[str, str]:
    """Spark's settings of a laptop, with a table in a folder of its own."""
    return local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(), folder)


def main() -> None:
    """Measure."""
    given = task()
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        builder = SparkSession.builder.appName("bench")
        for key, value in settings(folder).items():
            builder = builder.config(key, value)
        spark = builder.getOrCreate()
        passes = Passes()
        for number in range(given.passes):
            path = folder / f"{number}.jsonl"
            path.write_bytes(manifest(given, f"batch-{number}"))
            tables.ensure_photos(spark, table(number))
            folder_url = None if given.extra else f"file://{given.photos.parent}"
            arguments = Arguments(
                str(path),
                table(number),
                str(given.artifact),
                "litert",
                None,
                StoreSettings(REGION, endpoint=given.extra or None, folder=folder_url),
            )
            with passes.timed():
                report = extract_job.run(spark, arguments, uuid.uuid4().hex, datetime.now(UTC))
            sys.stderr.write(f"{report}\n")
        found = spark.table(table(given.passes - 1)).select("key", "features").toPandas()
        spark.stop()
    keep(given.out, list(found["key"]), np.stack(list(found["features"])).astype(np.float32))
    say(passes.spans, len(given.files()))


if __name__ == "__main__":
    main()
