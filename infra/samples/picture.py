"""One upright picture: a part of a carried photo at any size, with a camera's exposure and noise."""

import numpy as np
from PIL import Image

from infra.samples.carried import carried

_LEAST_SHARE = 0.8
"""Of the photo's larger possible part, along each side."""


def picture(label: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return an RGB picture of `size` (width, height) pixels of one of a label's carried photos, whichever `rng` draws.

    Raises:
        KeyError: no photo of that label is carried.
    """
    files = carried()[label]
    with Image.open(files[int(rng.integers(len(files)))]) as photo:
        part = photo.convert("RGB").resize(size, Image.Resampling.BICUBIC, _part(photo.size, size, rng))
    return _exposed(part, rng)


def _part(full: tuple[int, int], size: tuple[int, int], rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Return a box (left, upper, right, lower) in `full` (width, height) with the proportions of `size`."""
    scale = min(full[0] / size[0], full[1] / size[1]) * rng.uniform(_LEAST_SHARE, 1.0)
    width, height = size[0] * scale, size[1] * scale
    left, upper = rng.uniform(0, full[0] - width), rng.uniform(0, full[1] - height)
    return left, upper, left + width, upper + height


def _exposed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add exposure, a colour cast and noise; the noise is one tile repeated, as 12 MP of it would cost a second."""
    pixels = np.asarray(picture, np.int16)
    gain = rng.uniform(0.80, 1.12) * rng.uniform(0.96, 1.04, 3)
    tile = rng.normal(0, rng.uniform(1.0, 5.0), (64, 64, 3)).astype(np.int16)
    repeats = (pixels.shape[0] // 64 + 1, pixels.shape[1] // 64 + 1, 1)
    noise = np.tile(tile, repeats)[: pixels.shape[0], : pixels.shape[1]]
    table = (np.arange(256)[:, None] * gain).astype(np.int16)
    exposed = np.stack([table[pixels[..., band], band] for band in range(3)], axis=-1) + noise
    return Image.fromarray(np.clip(exposed, 0, 255).astype(np.uint8))
