"""A picture as a file: in a format, under an EXIF orientation, with the camera's other notes."""

import io

import numpy as np
import pillow_heif
from PIL import Image

ORIENTATION, GPS = 0x0112, 0x8825
"""EXIF tags."""
ENDINGS = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic", "avif": "avif"}
"""Each format's name, and the ending of its files."""
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


def camera_notes(orientation: int, rng: np.random.Generator) -> Image.Exif:
    """Return EXIF: the orientation where it is not 1, and in one photo of five an invented place."""
    exif = Image.Exif()
    if orientation != 1:
        exif[ORIENTATION] = orientation
    if rng.random() < 0.2:
        north, east = rng.uniform(0, 60, 2)
        exif[GPS] = {1: "N", 2: (48.0, float(north // 1), 0.0), 3: "E", 4: (2.0, float(east // 1), 0.0)}
    return exif


def encoded(upright: Image.Image, kind: str, orientation: int, exif: Image.Exif) -> bytes:
    """Return a file of a format of `ENDINGS` whose picture, seen by its EXIF `orientation` (1 to 8), is `upright`."""
    if kind in {"heic", "avif"}:
        # Readers turn such a picture by its container's own box and not by EXIF: it is stored as it is.
        exif.pop(ORIENTATION, None)
        return _heif(upright, kind, exif)
    turn = _STORED.get(orientation)
    stored = upright.transpose(turn) if turn is not None else upright
    out = io.BytesIO()
    if kind == "png":
        stored.save(out, "PNG", compress_level=3, exif=exif)
    elif kind == "webp":
        stored.save(out, "WEBP", quality=85, method=2, exif=exif)
    else:
        stored.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def _heif(upright: Image.Image, kind: str, exif: Image.Exif) -> bytes:
    """Encode on one thread: the same bytes on any number of cores."""
    out = io.BytesIO()
    if kind == "avif":
        upright.save(out, "AVIF", quality=70, speed=9, max_threads=1, exif=exif)
    else:
        encoder = {"preset": "ultrafast", "x265:pools": "none"}
        pillow_heif.from_pillow(upright).save(out, quality=70, exif=exif.tobytes(), enc_params=encoder)
    return out.getvalue()
