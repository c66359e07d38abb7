"""Which engine a run uses, and what is broadcast for it (driver side)."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession

from spark_app.network.artifact import Artifact, Card
from spark_app.network.engine import Engine, EngineRecipe, LiteRTEngine

ENGINES = ("litert", "keras")


def recipe_for(spark: SparkSession, engine: str, artifact: Artifact) -> EngineRecipe:
    """Broadcast the model and return how a worker builds its engine of it.

    "litert" broadcasts the exported flatbuffer: weights and graph in one. "keras" broadcasts the list of weight arrays,
    and the worker rebuilds the Keras network and calls `set_weights`: the way of the original brief.
    """
    if engine == "litert":
        payload = spark.sparkContext.broadcast(artifact.flatbuffer)
        return EngineRecipe(artifact.card.artifact_sha256, LiteRTEngine, payload)
    weights = spark.sparkContext.broadcast(artifact.weight_arrays())
    return EngineRecipe(f"keras-{artifact.card.weights_sha256}", partial(_keras, artifact.card), weights)


def _keras(card: Card, weights: Sequence[npt.NDArray[np.float32]]) -> Engine:
    from spark_app.network.backbone import KerasEngine  # TensorFlow: only where a run asks for it

    return KerasEngine(card.backbone, card.input_size, weights)
