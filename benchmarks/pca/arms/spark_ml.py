"""The peer `pyspark.ml.feature.PCA`, on stock settings with memory to spare, vectors converted and cached beforehand.

The conversion from arrays is timed apart. The JVM may use its vector instructions, which Spark's linear algebra takes.
"""

import sys

import numpy as np
from pyspark import StorageLevel
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector
from pyspark.sql import functions as F

from benchmarks.pca.arms.common import COMPONENTS, open_session, parse_arm
from spark_app.lake import changes

SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "10g",
    "spark.driver.maxResultSize": "4g",
    "spark.driver.extraJavaOptions": "--add-modules=jdk.incubator.vector",
}


def main() -> None:
    """Measure."""
    given = parse_arm()
    spark = open_session(given.folder, SETTINGS)
    rows = changes.features_at(spark, given.table.table, given.table.base)
    rows.count()
    with given.timed("reading"):
        vectors = rows.select(array_to_vector(F.col("features")).alias("v")).persist(StorageLevel.MEMORY_AND_DISK)
        vectors.count()
    with given.timed("fit"):
        fitted = PCA(k=COMPONENTS, inputCol="v", outputCol="pcs").fit(vectors)
    # It gives shares of the variance: all shares and one variance, the reference's first, say the same as variances.
    given.keep("spark_ml", np.asarray(fitted.explainedVariance.toArray()))
    sys.stderr.write(f"{spark.sparkContext._jvm.dev.ludovic.netlib.blas.BLAS.getInstance()}\n")  # type: ignore[union-attr]
    spark.stop()
    given.say()


if __name__ == "__main__":
    main()
