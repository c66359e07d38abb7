"""Ways to read a photo, and what the network makes of them: ours, and the slow ones that it is held against."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from spark_app.network import artifact as artifacts
from spark_app.network.engine import Features, LiteRTEngine
from spark_app.photos.images import Decoded, decode
from spark_app.photos.pixels import REDUCING_GAP

Pixels = npt.NDArray[np.uint8]
Read = Callable[[bytes, int], Pixels]
PROMISED = 0.999


def network(artifact: Path) -> tuple[Callable[[Pixels], Features], int]:
    """Return the network of an artifact as a function of one photo's pixels, and its input size."""
    loaded = artifacts.load(artifact)
    engine = LiteRTEngine(loaded.flatbuffer)
    return lambda pixels: engine.features(pixels[np.newaxis])[0], loaded.card.input_size


def reference(data: bytes, size: int) -> Pixels:
    """Decode every pixel and resize in one step, as the reference notebook does."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((size, size), Image.Resampling.BICUBIC))


def ours(data: bytes, size: int) -> Pixels:
    """Decode as the job does."""
    answer = decode(data, size)
    if not isinstance(answer, Decoded):
        raise ValueError(f"not decoded: {answer}")
    return answer.pixels


def scaled(data: bytes, size: int, gap: float = REDUCING_GAP) -> JpegImageFile:
    """Open a JPEG at the smallest scale that leaves `gap` times the wanted pixels."""
    image = JpegImageFile(io.BytesIO(data))
    image.draft(None, (round(gap * size), round(gap * size)))
    return image


def at_gap(data: bytes, size: int, gap: float) -> Pixels:
    """Decode and resize with a gap: at least `gap` times the wanted pixels are left for the exact step."""
    return np.asarray(scaled(data, size, gap).resize((size, size), Image.Resampling.BICUBIC, reducing_gap=gap))


def cosine(left: Features, right: Features) -> float:
    """Return the cosine of two feature vectors."""
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))
