"""(d) `predict_batch_udf`: Spark batches the rows and caches the model in the worker."""

from typing import Any

import numpy as np
from pyspark.ml.functions import predict_batch_udf
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, FloatType

from benchmarks.extract.arms.common import Task, pixels
from benchmarks.extract.arms.keras_spark import BATCH, measure, network
from spark_app.network.artifact import load


def features(photos: DataFrame, given: Task, spark: SparkSession, weights: Any) -> DataFrame:  # noqa: ARG001
    """Add the column; bytes go in, because decoded pixels would be 30 times as much to move."""
    card = load(given.artifact).card
    backbone, size = card.backbone, card.input_size

    def make_predict() -> Any:
        model = network(backbone, size, weights)

        def predict(contents: np.ndarray) -> np.ndarray:
            return model(np.stack([pixels(data, size) for data in contents]))

        return predict

    udf = predict_batch_udf(make_predict, return_type=ArrayType(FloatType()), batch_size=BATCH)
    return photos.withColumn("features", udf("content"))


if __name__ == "__main__":
    measure(features)
