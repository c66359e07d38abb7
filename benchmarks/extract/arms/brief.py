"""(c) The brief's way, written well: `binaryFile`, an iterator pandas UDF, broadcast Keras weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.extract.arms.common import Task, pixels
from benchmarks.extract.arms.keras_spark import BATCH, measure, network
from spark_app.network.artifact import load


def features(photos: DataFrame, given: Task, spark: SparkSession, weights: Any) -> DataFrame:  # noqa: ARG001
    """Add the column `features` by a scalar iterator pandas UDF, as the Databricks guide to Keras inference does."""
    card = load(given.artifact).card
    backbone, size = card.backbone, card.input_size

    def featurize(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        model = network(backbone, size, weights)
        for contents in batches:
            rows: list[Any] = []
            for start in range(0, len(contents), BATCH):
                stacked = np.stack([pixels(data, size) for data in contents[start : start + BATCH]])
                rows.extend(model(stacked))
            yield pd.Series(rows)

    featurize.__annotations__ = {"batches": Iterator[pd.Series], "return": Iterator[pd.Series]}
    udf = F.pandas_udf(featurize, "array<float>")  # type: ignore[attr-defined, call-overload]
    return photos.withColumn("features", udf("content"))


if __name__ == "__main__":
    measure(features)
