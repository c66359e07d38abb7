"""What an artifact is worth: how fast it is, how near its features are, and whose neighbours have the right label."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_app.network.engine import LiteRTEngine
from spark_app.photos.images import Decoded, decode

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


def spread(files: Sequence[Path], count: int) -> list[Path]:
    """Return `count` of the files, evenly spread."""
    return [files[number * len(files) // count] for number in range(min(count, len(files)))]


def pixels(files: Sequence[Path], size: int) -> Pixels:
    """Decode photos: uint8 (n, size, size, 3)."""
    images = [decode(file.read_bytes(), size) for file in files]
    return np.stack([image.pixels for image in images if isinstance(image, Decoded)])


def normalised(features: Floats) -> Floats:
    """Scale each row to length 1, so that an inner product is a cosine."""
    scaled: Floats = features / np.linalg.norm(features, axis=1, keepdims=True)
    return scaled


def neighbour_is_right(
    features: Floats, labels: Sequence[str], folds: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.bool_]:
    """Say for each photo whether its nearest other one (by cosine) has its label: leave-one-out 1-NN, (n,).

    With `folds` (n,) the nearest one of the other folds.
    """
    rows = normalised(features)
    near = rows @ rows.T
    own = np.eye(len(rows), dtype=np.bool_) if folds is None else folds[:, None] == folds[None, :]
    near[own] = -np.inf
    named = np.array(labels)
    right: npt.NDArray[np.bool_] = named[near.argmax(1)] == named
    return right


def quality(features: Floats, reference: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Compare with the reference artifact on the same photos: cosines, accuracy, paired gains and losses."""
    cosines = (normalised(features) * normalised(reference)).sum(1) if features.shape == reference.shape else None
    mine, theirs = neighbour_is_right(features, labels), neighbour_is_right(reference, labels)
    return {
        "photos": len(labels),
        "accuracy": round(float(mine.mean()), 4),
        "gained": int((mine & ~theirs).sum()),
        "lost": int((~mine & theirs).sum()),
        "cosine_min": None if cosines is None else round(float(cosines.min()), 4),
        "cosine_mean": None if cosines is None else round(float(cosines.mean()), 4),
    }


def speeds(engines: Mapping[str, LiteRTEngine], photos: Mapping[str, Pixels], rounds: int) -> dict[str, list[float]]:
    """Return images per second of one core, CNN alone, round by round: in a round each engine has its turn."""
    found: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, engine in engines.items():
            started = perf_counter()
            engine.features(photos[name])
            found[name].append(len(photos[name]) / (perf_counter() - started))
    return found
