"""What the two Spark peers share: a session, a broadcast of Keras weights, one network a worker process."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.extract.arms.common import Passes, Task, files, keep, say, task
from benchmarks.extract.arms.rows import COLUMNS, properties
from contracts.jobs.spark_settings import Catalog, common
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from spark_app.network.artifact import load

ROOT = Path(__file__).resolve().parents[3]
BATCH = 32
OPEN_COST = 256 * 1024
PARTITIONS = 12
ARROW_BYTES = 64 << 20

Network = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


@cache
def network(backbone: str, size: int, weights: Any) -> Network:
    """Build the network from broadcast weights, once a process, on one thread: a task slot is one core."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    from spark_app.network.backbone import build

    model = build(backbone, size)
    model.set_weights(weights.value)
    compiled = tf.function(lambda photos: model(photos, training=False), reduce_retracing=True)
    return lambda photos: np.asarray(compiled(tf.constant(photos, tf.float32)))


def file_settings(sizes: Sequence[int]) -> dict[str, str]:
    """Return what Spark's guides advise for many files: partitions enough for the cores, batches that fit memory.

    By default a file weighs 4 MB at least, so that a partition holds 31 small photos, and an Arrow batch has 10,000
    rows, whatever they weigh. `sizes` are those of the photos, in bytes.
    """
    weight = sum(max(size, OPEN_COST) for size in sizes)
    return {
        "spark.sql.files.openCostInBytes": str(OPEN_COST),
        "spark.sql.files.maxPartitionBytes": str(weight // PARTITIONS),
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(max(BATCH, min(256, ARROW_BYTES // max(sizes)))),
    }


def open_session(given: Task) -> SparkSession:
    """Open Spark with Iceberg as ours has it, in a folder of its own."""
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)})
    iceberg = common(Catalog(f"file://{given.out}/warehouse", kind="hadoop"))
    settings = {
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(given.out / "spark"),
        "spark.driver.extraClassPath": ":".join(map(str, iceberg_jars())),
        **{key: value for key, value in iceberg.items() if key.startswith(("spark.sql.catalog", "spark.sql.ext"))},
        **file_settings([file.stat().st_size for file in files(given.folders[-1])]),
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def photos_of(spark: SparkSession, folder: Path) -> DataFrame:
    """Read a folder as rows of the table, their `content` in place of `features`."""
    read = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(str(folder))
    key = F.substring("path", len(f"file:{folder}/") + 1, 1 << 16)
    return read.select(
        F.sha2(key, 256).alias("photo_id"),
        key.alias("key"),
        F.col("length").alias("size_bytes"),
        F.sha2("content", 256).alias("content_sha256"),
        "content",
    )


def measure(features: Callable[[DataFrame, Task, SparkSession, Any], DataFrame]) -> None:
    """Run an arm: `features` adds a column `features` to rows with `content`; each pass commits a new table once."""
    given = task()
    spark = open_session(given)
    weights = spark.sparkContext.broadcast(load(given.artifact).weight_arrays())
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    options = ", ".join(f"'{name}' '{value}'" for name, value in properties().items())
    spark.sql("CREATE NAMESPACE IF NOT EXISTS fruits.bench")
    passes = Passes()
    for number, folder in enumerate(given.folders):
        table = f"fruits.bench.photos_{number}"
        spark.sql(f"CREATE TABLE {table} ({columns}) USING iceberg TBLPROPERTIES ({options})")
        with passes.timed():
            rows = features(photos_of(spark, folder), given, spark, weights)
            rows.select(*COLUMNS).writeTo(table).append()
    found = spark.table(table).select("key", "features").toPandas()
    spark.stop()
    keep(given.out, list(found["key"]), np.stack(list(found["features"])).astype(np.float32))
    say(passes.spans, len(found))
