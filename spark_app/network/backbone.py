"""Networks by name, built and run in Keras.

Only this module, `lite0`, `mobilenet`, `int8` and `litert_export` use TensorFlow. Executors run the exported flatbuffer
without it, unless a run asks for `--engine keras`.
"""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from contracts.errors import GiveUp
from spark_app.network.backbones import DEFAULT, INPUT_SIZES, PRECISIONS, Backbone, backbone
from spark_app.network.engine import Features, Pixels
from spark_app.network.int8 import FLOAT_CONVOLUTIONS

if TYPE_CHECKING:
    import keras

Weights = Sequence[npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export. `weights`: a Keras weights file, a path or an s3:// URI, pinned by `weights_sha256`."""

    backbone: str = DEFAULT
    input_size: int = INPUT_SIZES[0]
    precision: str = PRECISIONS[0]
    calibration: Path | None = None
    weights: str | None = None
    weights_sha256: str | None = None
    float_convolutions: int = FLOAT_CONVOLUTIONS

    def checked(self) -> Backbone:
        """Return the backbone asked for.

        Raises:
            GiveUp: a value does not exist, or one that is needed is missing.
        """
        if self.input_size not in INPUT_SIZES:
            raise GiveUp(f"input size {self.input_size} is not one of {INPUT_SIZES}")
        if self.precision not in PRECISIONS:
            raise GiveUp(f"precision {self.precision!r} is not one of {PRECISIONS}")
        if self.precision == "int8" and self.calibration is None:
            raise GiveUp("int8 takes its value ranges from photos: pass --calibration a folder of photos like yours")
        if (self.weights is None) != (self.weights_sha256 is None):
            raise GiveUp("--weights and --weights-sha256 go together: weights are pinned by their SHA-256")
        return backbone(self.backbone)


def build(name: str, input_size: int, head: bool = False) -> "keras.Model":
    """Return the network with random weights: float32 (n, size, size, 3) of 0..255 to (n, feature_width).

    `head` adds the ImageNet classifier, which proves that the network is the right one.

    Raises:
        GiveUp: there is no such network, or it has no such classifier.
    """
    build_network = backbone(name).build
    _limit_threads()
    return build_network(input_size, head)


def pretrained(name: str, input_size: int, weights: Path | None = None, head: bool = False) -> "keras.Model":
    """Return the network with its trained weights.

    `weights` is a Keras weights file (`.weights.h5` or `.h5`), already checked. Without it the published weights are
    loaded, as `backbones` describes.

    Raises:
        GiveUp: the weights are not available, or do not fit the network.
    """
    model = build(name, input_size, head)
    if weights is not None:
        _load_weights(model, weights)
        return model
    backbone(name).load_published(model, input_size)
    return model


def _load_weights(model: "keras.Model", weights: Path) -> None:
    try:
        model.load_weights(weights)
    except (ValueError, OSError) as error:
        raise GiveUp(f"weights {weights.name} do not fit {model.name}: {error}") from error


def weights_bytes(model: "keras.Model") -> bytes:
    """Return the weights as `.npz` in Keras' order, for `Artifact.weight_arrays` and `set_weights`."""
    out = io.BytesIO()
    np.savez(out, **{f"{index:04d}": array for index, array in enumerate(model.get_weights())})
    return out.getvalue()


class KerasEngine:
    """Rebuilds the network in the worker and sets the broadcast weights, as the original brief did."""

    batch_size = 16

    def __init__(self, name: str, input_size: int, weights: Weights) -> None:
        self._model = build(name, input_size)
        import tensorflow as tf  # after `build`, which limits its threads

        self._model.set_weights(list(weights))
        self.width = int(self._model.output_shape[-1])
        shape = tf.TensorSpec((self.batch_size, input_size, input_size, 3), tf.float32)
        # One traced function of one shape, because `predict` builds a data set at each call, and a new shape traces
        # anew.
        run = self._model
        self._call = tf.function(lambda photos: run(photos, training=False), input_signature=[shape])

    def features(self, pixels: Pixels) -> Features:
        """Return float32 (n, width) for uint8 RGB (n, size, size, 3); a short batch is padded."""
        padded = np.zeros((self.batch_size, *pixels.shape[1:]), np.float32)
        padded[: len(pixels)] = pixels
        answer: Any = self._call(padded)
        features: Features = np.asarray(answer)[: len(pixels)]
        return features


def _limit_threads() -> None:
    """Bind TensorFlow to one thread: it ignores OMP_NUM_THREADS, and a task slot is one core.

    TensorFlow takes the setting only before its first operation, and raises RuntimeError for a different one later.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # else it writes a long greeting to standard error
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
