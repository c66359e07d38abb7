"""Does this artifact, on this machine, answer as it did where it was exported?"""

import numpy as np

from spark_app.artifact import Artifact
from spark_app.engine import LiteRTEngine
from spark_app.errors import GiveUp

SEED, VALUES = 20, 8

# Kernels differ between processors (AVX2, AVX-512, VNNI), so answers do in their last digits. A wrong weight or a wrong
# graph moves them by far more: features of this picture reach from 0 to 6.
TOLERANCE = {"fp32": 1e-3, "int8": 0.25}


def probe(flatbuffer: bytes, input_size: int) -> list[float]:
    """Return the first features of a seeded noise picture, rounded to 1e-5."""
    noise = np.random.default_rng(SEED).integers(0, 256, (1, input_size, input_size, 3), dtype=np.uint8)
    try:
        features = LiteRTEngine(flatbuffer).features(noise)[0]
    except (ValueError, RuntimeError) as error:  # LiteRT's own two
        raise GiveUp(f"artifact: model.tflite does not run: {error}. Export it again.") from error
    return [round(float(value), 5) for value in features[:VALUES]]


def check(artifact: Artifact) -> None:
    """Run the probe.

    Raises:
        GiveUp: the artifact does not run, or answers otherwise than its card says.
    """
    card = artifact.card
    found = probe(artifact.flatbuffer, card.input_size)
    if not np.allclose(found, card.probe, atol=TOLERANCE[card.precision]):
        raise GiveUp(f"artifact: its probe answers {found}, its card says {card.probe}. Export it again.")
