"""Which engine a run uses, and what the driver broadcasts for it."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from pyspark import SparkContext

from spark_app.network.artifact import Artifact, ArtifactCard
from spark_app.network.engine import Engine, EngineSpec, LiteRTEngine

ENGINES = ("litert", "keras")


def broadcast_engine(context: SparkContext, engine: str, artifact: Artifact) -> EngineSpec:
    """Broadcast the artifact, and return how a worker builds its engine from it.

    "litert" broadcasts the exported flatbuffer: weights and graph in one. "keras" broadcasts the list of weight arrays;
    the worker rebuilds the Keras network and calls `set_weights`, as the original brief did.

    Raises:
        GiveUp: "keras" is asked for, and the artifact was read without its weights.
    """
    if engine == "litert":
        payload = context.broadcast(artifact.flatbuffer)
        return EngineSpec(artifact.card.artifact_sha256, LiteRTEngine, payload)
    weights = context.broadcast(artifact.weight_arrays())
    return EngineSpec(f"keras-{artifact.card.weights_sha256}", partial(_keras, artifact.card), weights)


def _keras(card: ArtifactCard, weights: Sequence[npt.NDArray[np.float32]]) -> Engine:
    from spark_app.network.backbone import KerasEngine  # TensorFlow: only where a run asks for it

    return KerasEngine(card.backbone, card.input_size, weights)
