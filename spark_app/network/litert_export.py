"""Export a Keras network as an artifact: a frozen LiteRT flatbuffer, its weights and its card."""

import hashlib
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from contracts.errors import GiveUp
from spark_app.network.artifact import CARD, FLATBUFFER, WEIGHTS, Artifact, ArtifactCard
from spark_app.network.backbone import ExportRequest, pretrained, weights_bytes
from spark_app.network.int8 import calibration_photos, converter, to_int8
from spark_app.network.probe import probe
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import read_object

if TYPE_CHECKING:
    import keras


def export_to(request: ExportRequest, folder: Path, store: StoreSettings | None = None) -> ArtifactCard:
    """Export into a folder. The card is written last, so a folder with a card is complete.

    Raises:
        GiveUp: the request cannot be met; the message says why.
    """
    artifact = export(request, store or StoreSettings())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    (folder / FLATBUFFER).write_bytes(artifact.flatbuffer)
    (folder / WEIGHTS).write_bytes(artifact.weights or b"")
    (folder / CARD).write_text(artifact.card.to_json())
    return artifact.card


def export(request: ExportRequest, store: StoreSettings) -> Artifact:
    """Build the network, load its weights, convert it, and return the artifact with its card.

    Raises:
        RetryLater, GiveUp: the request cannot be met, or its weights cannot be read.
    """
    known = request.checked()
    model = _with_weights(request, store)
    frozen = _frozen(model, request.input_size)
    calibration = None
    if request.precision == "int8":
        photos = calibration_photos(request.calibration, request.input_size)
        flatbuffer = to_int8(model, frozen, photos, request.float_convolutions)
        calibration = {
            "photos": len(photos),
            "sha256": hashlib.sha256(photos.tobytes()).hexdigest(),
            "float_convolutions": request.float_convolutions,
        }
    else:
        flatbuffer = bytes(converter(model, frozen).convert())
    arrays = weights_bytes(model)
    card = ArtifactCard(
        backbone=known.name,
        input_size=request.input_size,
        precision=request.precision,
        feature_width=known.feature_width,
        preprocessing=known.preprocessing,
        artifact_sha256=hashlib.sha256(flatbuffer).hexdigest(),
        weights_sha256=hashlib.sha256(arrays).hexdigest(),
        licence=known.licence,
        source=known.source if request.weights is None else f"{known.source}; weights pinned by SHA-256",
        versions={package: version(package) for package in ("tensorflow-cpu", "keras", "numpy")},
        probe=probe(flatbuffer, request.input_size, known.feature_width),
        calibration=calibration,
    )
    return Artifact(card, flatbuffer, arrays)


def _with_weights(request: ExportRequest, store: StoreSettings) -> "keras.Model":
    if request.weights is None:
        return pretrained(request.backbone, request.input_size)
    data = read_object(request.weights, store)
    found = hashlib.sha256(data).hexdigest()
    if found != request.weights_sha256:
        raise GiveUp(f"weights {request.weights}: SHA-256 is {found}, pinned is {request.weights_sha256}")
    with tempfile.TemporaryDirectory() as folder:  # Keras loads weights from a path only
        path = Path(folder) / Path(urlsplit(request.weights).path).name
        path.write_bytes(data)
        return pretrained(request.backbone, request.input_size, path)


def _frozen(model: "keras.Model", input_size: int) -> Any:
    """Trace the network for a batch of one, with its variables as constants: calibration fails on variables."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = tf.TensorSpec((1, input_size, input_size, 3), tf.float32)
    function = tf.function(lambda photo: model(photo, training=False)).get_concrete_function(shape)
    return convert_variables_to_constants_v2(function)
