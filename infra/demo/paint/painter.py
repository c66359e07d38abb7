"""Paint photos of fruit: deterministic stand-ins for real ones, with all that real ones bring along.

Photo number n of a seed depends on the two and on nothing else, so a larger set begins with the smaller one.
Sizes run from 100 x 100 to 12 MP; JPEG, PNG, WebP and HEIC; EXIF orientations and (invented) places; broken files.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.demo.paint.broken import BREAKAGES
from infra.demo.paint.fruits import FRUITS
from infra.demo.paint.scene import scene

_SMALL, _LARGE = ((100, 100), (160, 160), (224, 224), (348, 348), (400, 300), (300, 400), (640, 480)), (4000, 3000)
_MIDDLE = ((1024, 768), (768, 1024), (1600, 1200))
_LARGE_EVERY, _MIDDLE_EVERY, _BROKEN_EVERY = 150, 20, 31
"""Few of the large and the broken ones, but the same share in every set. None divides by 11, the number of fruits."""
_HEIC_EVERY = 12
_FORMATS, _SHARES = ("jpeg", "png", "webp"), (0.80, 0.10, 0.10)
_ENDINGS = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic"}
_ORIENTATION, _GPS = 0x0112, 0x8825
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is turned before it is stored under an EXIF orientation (TIFF 6.0, tag 274)."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A painted file: its bytes, its fruit, the ending of its name, and the rejection to expect (None: features)."""

    data: bytes
    label: str
    name: str
    expected: Rejection | None


def paint(number: int, seed: int) -> Painted:
    """Paint photo `number` (from 0) of a seed."""
    rng = np.random.default_rng([seed, number])
    label = tuple(FRUITS)[number % len(FRUITS)]
    if number % _BROKEN_EVERY == _BROKEN_EVERY - 1:
        breakage = BREAKAGES[number // _BROKEN_EVERY % len(BREAKAGES)]
        sound = encoded(scene(label, _SMALL[2], rng), "jpeg", 1, Image.Exif())
        return Painted(breakage.breaks(sound), label, f"{number:05d}-{breakage.name}.jpg", breakage.expected)
    kind = "heic" if number % _HEIC_EVERY == _HEIC_EVERY - 1 else str(rng.choice(_FORMATS, p=_SHARES))
    size = _size(number, rng)
    if size == _LARGE:
        kind = "jpeg"  # what such a camera writes
    orientation = int(rng.integers(1, 9)) if rng.random() < 0.3 else 1
    data = encoded(scene(label, size, rng), kind, orientation, _exif(orientation, rng))
    return Painted(data, label, f"{number:05d}.{_ENDINGS[kind]}", None)


def paint_folder(folder: Path, count: int, seed: int) -> Iterator[Painted]:
    """Paint `count` photos into `folder/<label>/<name>`, yielding each as soon as it is written."""
    for number in range(count):
        painted = paint(number, seed)
        path = folder / painted.label / painted.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(painted.data)
        yield painted


def _size(number: int, rng: np.random.Generator) -> tuple[int, int]:
    if number % _LARGE_EVERY == _LARGE_EVERY - 1:
        return _LARGE
    sizes = _MIDDLE if number % _MIDDLE_EVERY == _MIDDLE_EVERY - 1 else _SMALL
    width, height = sizes[rng.integers(len(sizes))]
    return width, height


def _exif(orientation: int, rng: np.random.Generator) -> Image.Exif:
    """Return the camera's notes: the orientation where it is not 1, and in one photo of five an invented place."""
    exif = Image.Exif()
    if orientation != 1:
        exif[_ORIENTATION] = orientation
    if rng.random() < 0.2:
        north, east = rng.uniform(0, 60, 2)
        exif[_GPS] = {1: "N", 2: (48.0, float(north // 1), 0.0), 3: "E", 4: (2.0, float(east // 1), 0.0)}
    return exif


def encoded(upright: Image.Image, kind: str, orientation: int, exif: Image.Exif) -> bytes:
    """Return a file of `kind` whose picture, seen by its EXIF `orientation` (1 to 8), is `upright`."""
    turn = _STORED.get(orientation)
    stored = upright.transpose(turn) if turn is not None else upright
    out = io.BytesIO()
    if kind == "heic":
        # libheif turns a picture by its own box and not by EXIF: this one is stored as it is.
        exif.pop(_ORIENTATION, None)
        encoder = {"preset": "ultrafast", "x265:pools": "none"}  # one thread: the same bytes on any number of cores
        pillow_heif.from_pillow(upright).save(out, quality=70, exif=exif.tobytes(), enc_params=encoder)
    elif kind == "png":
        stored.save(out, "PNG", compress_level=3, exif=exif)
    elif kind == "webp":
        stored.save(out, "WEBP", quality=85, method=2, exif=exif)
    else:
        stored.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()
