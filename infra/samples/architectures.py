"""What one machine makes of twenty carried photos: pixels and features, to be held against another architecture's.

    python -m infra.samples.architectures FP32.tflite INT8.tflite OUT.npz

It needs what a worker needs, so the packed Python of either architecture runs it.
"""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.samples.carried import carried
from infra.samples.reading import ours
from spark_app.network.engine import LiteRTEngine

PHOTOS = 20
Measured = Mapping[str, npt.NDArray[np.generic]]


def photos() -> list[Path]:
    """Return twenty carried photos: the first and the last of every third label, so studio and street."""
    labels = list(carried().values())[::3][: PHOTOS // 2]
    return [path for files in labels for path in (files[0], files[-1])]


def measured(fp32: bytes, int8: bytes) -> Measured:
    """Return `pixels` and `int8`, a SHA-256 for each photo, and `fp32`, float32 (photos, width).

    `fp32` and `int8` are flatbuffers, whose hashes are in `flatbuffers`. One hash stands for all bytes: equal or not.
    """
    found: dict[str, npt.NDArray[np.generic]] = {"flatbuffers": _hashes([fp32, int8])}
    for name, flatbuffer in (("fp32", fp32), ("int8", int8)):
        engine = LiteRTEngine(flatbuffer)
        pixels = np.stack([ours(path.read_bytes(), engine.input_shape[1]) for path in photos()])
        features = engine.features(pixels)
        found[name] = features if name == "fp32" else _hashes([row.tobytes() for row in features])
        found[f"{name}_pixels"] = _hashes([one.tobytes() for one in pixels])
    return found


def _hashes(parts: list[bytes]) -> npt.NDArray[np.generic]:
    return np.array([hashlib.sha256(part).hexdigest() for part in parts])


def main() -> None:
    """Measure with two flatbuffers, and write what was found."""
    fp32, int8, out = map(Path, sys.argv[1:])
    np.savez_compressed(out, allow_pickle=False, **measured(fp32.read_bytes(), int8.read_bytes()))


if __name__ == "__main__":
    main()
