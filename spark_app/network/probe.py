"""Check that an artifact gives the same answers on this machine as where it was exported."""

import numpy as np

from contracts.errors import GiveUp
from spark_app.network.artifact import FLATBUFFER, Artifact
from spark_app.network.engine import LiteRTEngine

SEED, VALUES = 20, 8

_IDENTIFIER = b"TFL3"  # file_identifier of TensorFlow's schema.fbs, bytes 4 to 8

# Kernels differ between processors (AVX2, AVX-512, VNNI), so the last digits of the answers differ too. A wrong weight
# or graph moves them much farther: the features of this picture range from 0 to 6.
TOLERANCE = {"fp32": 1e-3, "int8": 0.25}


def probe(flatbuffer: bytes, input_size: int, width: int) -> list[float]:
    """Return the first features of a seeded noise picture, rounded to 1e-5.

    Raises:
        GiveUp: the flatbuffer does not run, or its shapes are others.
    """
    noise = np.random.default_rng(SEED).integers(0, 256, (1, input_size, input_size, 3), dtype=np.uint8)
    engine = _engine(flatbuffer)
    if (engine.input_shape, engine.width) != (noise.shape, width):
        raise GiveUp(
            f"artifact: {FLATBUFFER} takes {engine.input_shape} and gives {engine.width} features, its card says "
            f"{noise.shape} and {width}. Export it again."
        )
    return [round(float(value), 5) for value in engine.features(noise)[0, :VALUES]]


def _engine(flatbuffer: bytes) -> LiteRTEngine:
    if flatbuffer[4:8] != _IDENTIFIER:
        raise GiveUp(f"artifact: {FLATBUFFER} is not a LiteRT model. Export it again.")
    try:
        return LiteRTEngine(flatbuffer)
    except (ValueError, RuntimeError) as error:  # LiteRT's own two
        raise GiveUp(f"artifact: {FLATBUFFER} does not run: {error}. Export it again.") from error


def check(artifact: Artifact) -> None:
    """Run the probe, and compare its answer with the card's.

    Raises:
        GiveUp: the artifact does not run, or its answer differs from the card's.
    """
    card = artifact.card
    found = probe(artifact.flatbuffer, card.input_size, card.feature_width)
    if not np.allclose(found, card.probe, atol=TOLERANCE[card.precision]):
        raise GiveUp(f"artifact: {FLATBUFFER} answers {found}, its card says {card.probe} (probe). Export it again.")
