"""What the two Spark peers share: a session, a broadcast of Keras weights, one network a worker process."""

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession

from benchmarks.extract.arms.common import Passes, Task, keep, say, task
from infra.local.java import java_home
from spark_app.network.artifact import load

ROOT = Path(__file__).resolve().parents[3]
BATCH = 32

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


def open_session(folder: Path) -> SparkSession:
    """Open Spark with what its guides advise for small files and Arrow: large partitions, batches that fit memory."""
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)})
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.local.dir", str(folder))
        # By default each file weighs 4 MB and a partition holds 31 photos; with this, 500.
        .config("spark.sql.files.openCostInBytes", str(256 * 1024))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
        .getOrCreate()
    )


def measure(features: Callable[[DataFrame, Task, SparkSession, Any], DataFrame]) -> None:
    """Run an arm: `features` adds a column `features` to `binaryFile` rows; Parquet is written at each pass."""
    given = task()
    spark = open_session(given.out / "spark")
    weights = spark.sparkContext.broadcast(load(given.artifact).weight_arrays())
    passes = Passes()
    for number in range(given.passes):
        target = str(given.out / f"{number}.parquet")
        with passes.timed():
            reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
            photos = reader.option("pathGlobFilter", "*.jpg").load(str(given.photos)).select("path", "content")
            features(photos, given, spark, weights).select("path", "features").write.mode("overwrite").parquet(target)
    found = spark.read.parquet(target).toPandas()
    spark.stop()
    names = [path.split(f"{given.photos}/")[1] for path in found["path"]]
    keep(given.out, names, np.stack(list(found["features"])).astype(np.float32))
    say(passes.spans, len(found))
