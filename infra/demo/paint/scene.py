"""One picture: a fruit, turned and placed at random, on a background, with its shadow and a camera's noise."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from infra.demo.paint.backgrounds import BACKGROUNDS
from infra.demo.paint.fruits import FRUITS
from infra.demo.paint.pen import Grid, Pen

_DRAWN_AT_MOST = 280
"""Pixels of the shorter edge as drawn; a larger picture is blown up, as its cost is in its pixels, not its detail."""
_LIES_AS_IT_LIKES = {"banana", "kiwi", "lemon", "orange"}


def scene(fruit: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return an upright RGB picture of `size` (width, height) pixels with one fruit of `FRUITS` in it."""
    width, height = size
    shrink = min(1.0, _DRAWN_AT_MOST / min(size))
    drawn_width, drawn_height = max(1, round(width * shrink)), max(1, round(height * shrink))
    background = BACKGROUNDS[rng.integers(len(BACKGROUNDS))](rng, drawn_height, drawn_width)
    side = int(min(drawn_width, drawn_height) * rng.uniform(0.78, 0.98))
    spread = np.pi if fruit in _LIES_AS_IT_LIKES else 0.35
    pen = Pen(side, rng, turn=rng.uniform(-spread, spread), scale=rng.uniform(0.78, 0.92))
    FRUITS[fruit](pen)
    left = int(rng.integers(drawn_width - side + 1))
    top = int(rng.integers(drawn_height - side + 1))
    _lay(background, pen, left, top)
    picture = Image.fromarray((background * 255 + 0.5).astype(np.uint8))
    return _seen_by_a_camera(picture.resize(size, Image.Resampling.BICUBIC), rng)


def _lay(background: npt.NDArray[np.float32], pen: Pen, left: int, top: int) -> None:
    """Lay the fruit on the background, in place, its shadow first."""
    shift = max(1, pen.side // 24)
    shadow = _blurred(pen.alpha, pen.side / 30)
    shadow = np.roll(shadow, (shift, shift), axis=(0, 1))
    place = background[top : top + pen.side, left : left + pen.side]
    place *= 1 - 0.45 * shadow[..., None]
    place += (pen.rgb - place) * pen.alpha[..., None]


def _blurred(cover: Grid, radius: float) -> Grid:
    grey = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(grey, np.float32) / 255


def _seen_by_a_camera(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Add noise, exposure and a colour cast; the noise is one tile repeated, as 12 MP of it would cost a second."""
    pixels = np.asarray(picture, np.int16)
    gain = rng.uniform(0.80, 1.12) * rng.uniform(0.96, 1.04, 3)
    tile = rng.normal(0, rng.uniform(1.0, 5.0), (64, 64, 3)).astype(np.int16)
    repeats = (pixels.shape[0] // 64 + 1, pixels.shape[1] // 64 + 1, 1)
    noise = np.tile(tile, repeats)[: pixels.shape[0], : pixels.shape[1]]
    table = (np.arange(256)[:, None] * gain).astype(np.int16)
    seen = np.stack([table[pixels[..., band], band] for band in range(3)], axis=-1) + noise
    return Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
