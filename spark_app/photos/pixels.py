"""From a decoder's image, in any mode and orientation, to the network's input: upright RGB of one size."""

import numpy as np
import numpy.typing as npt
from PIL import Image

_TURNS = {  # the turn that undoes each orientation (EXIF 2.32, 4.6.4 A)
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SMOOTH = frozenset(["L", "LA", "RGB", "RGBA", "CMYK"])  # modes whose neighbouring pixels may be averaged

REDUCING_GAP = 3.0
"""Shrinking takes two steps: a cheap one to this many times the network's input, then an exact bicubic one."""


def network_input(image: Image.Image, size: int, orientation: int) -> npt.NDArray[np.uint8]:
    """Squash an image to `(size, size, 3)` uint8 RGB, upright, bicubic; the array is read-only.

    Colours, transparency and the turn come last: on the small square they cost nothing; on 48 megapixels they would
    double time and memory. Pillow averages pixels weighted by their alpha, so white may be put under them afterwards.
    """
    smooth = image if image.mode in _SMOOTH and "transparency" not in image.info else _smooth(image)
    square = smooth.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=REDUCING_GAP)
    if square.mode != "RGB":
        square = _over_white(square) if square.mode in ("LA", "RGBA") else square.convert("RGB")
    if orientation in _TURNS:
        square = square.transpose(_TURNS[orientation])
    return np.frombuffer(square.tobytes(), dtype=np.uint8).reshape(size, size, 3)


def first_step(image: Image.Image, size: int) -> Image.Image:
    """Shrink an image by whole factors, the first step of `network_input`: both sides keep `REDUCING_GAP * size`."""
    across, down = (max(1, int(side / size / REDUCING_GAP)) for side in image.size)
    return image.reduce((across, down)) if across > 1 or down > 1 else image


def _smooth(image: Image.Image) -> Image.Image:
    """Convert a bilevel, palette, colour-keyed or 16-bit image to L, RGB or RGBA of 8 bits."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # Pillow would clip at 255 instead
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _over_white(image: Image.Image) -> Image.Image:
    """Put white under a transparent image."""
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def turned_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return the upright width and height: orientations 5 to 8 swap them."""
    return (height, width) if orientation >= 5 else (width, height)
