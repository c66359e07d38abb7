"""Full-integer quantization after training, but for the first convolutions, which stay in float.

Inputs and outputs are float, the layers between are int8. With all layers quantized the features of a few photos are
far off (lowest cosine 0.92). With the stem and the first block in float the worst is 0.99, at the cost of a tenth of
the speed: `make bench-backbones`.

The converter's public interface cannot leave nodes in float. Only `_quantized` makes the two private calls, the version
of TensorFlow is pinned, and a test compares the result with fp32.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from contracts.errors import GiveUp
from spark_app.photos.images import Decoded, decode

if TYPE_CHECKING:
    import keras

Pixels = npt.NDArray[np.uint8]

CALIBRATION_PHOTOS = 200
FLOAT_CONVOLUTIONS = 3  # the stem, and depthwise and projection of block 0


def calibration_photos(folder: Path | None, input_size: int, count: int = CALIBRATION_PHOTOS) -> Pixels:
    """Return up to `count` photos of a folder, spread evenly over its sorted files: uint8 (n, size, size, 3).

    Raises:
        GiveUp: the folder holds no photo.
    """
    files = sorted(path for path in (folder or Path()).rglob("*") if path.is_file()) if folder else []
    chosen = files[:: max(1, len(files) // count)][:count]
    images = [decode(file.read_bytes(), input_size) for file in chosen]
    photos = [image.pixels for image in images if isinstance(image, Decoded)]
    if not photos:
        raise GiveUp(f"no photo to calibrate with in {folder}: pass --calibration a folder of photos like yours")
    return np.stack(photos)


def converter(model: "keras.Model", frozen: Any) -> Any:
    """Return a LiteRT converter for a frozen function: `from_keras_model` fails with Keras 3."""
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_concrete_functions([frozen], model)


def to_int8(model: "keras.Model", frozen: Any, photos: Pixels, in_float: int) -> bytes:
    """Quantize, leaving the first `in_float` convolutions in float (0: none)."""
    import tensorflow as tf

    calibrating = converter(model, frozen)
    calibrating.optimizations = [tf.lite.Optimize.DEFAULT]
    calibrating.representative_dataset = lambda: ([photo[None].astype(np.float32)] for photo in photos)
    return _quantized(calibrating, in_float)


def _quantized(calibrating: Any, in_float: int) -> bytes:
    from tensorflow.lite.python.convert import mlir_quantize

    calibrating._experimental_calibrate_only = True
    calibrated = bytes(calibrating.convert())
    return bytes(mlir_quantize(calibrated, denylisted_nodes=_convolutions(calibrated)[:in_float]))


def _convolutions(flatbuffer: bytes) -> list[str]:
    """Return the names of the convolutions' outputs, in the order they run."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=flatbuffer)
    names = {tensor["index"]: tensor["name"] for tensor in interpreter.get_tensor_details()}
    operations = interpreter._get_ops_details()
    return [names[op["outputs"][0]] for op in operations if op["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D")]
