"""Bytes of a photo to the network's input, or a named rejection. Pure: no Spark, no store, no model, no clock.

The format is decided by content. Each container is read by `spark_app.formats` first, so that a decoder is called only
for a picture whose cost is known, and by its own class: no other decoder of Pillow can be reached, and nothing is
registered, filtered or configured process-wide, except that libheif and libavif are told to use one thread
(`spark_app.heif_images`).
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from infra.contracts.rejections import Rejection
from spark_app.formats import heif, jpeg, png, webp
from spark_app.formats.picture import Picture, Refused
from spark_app.heif_images import square
from spark_app.pixels import REDUCING_GAP, network_input, turned_size

_HINTS = {  # what the decoders say, in lower case
    "security limit": Rejection.BOMB,
    "out of memory": Rejection.EXHAUSTED,
    "image file is truncated": Rejection.TRUNCATED,
    "truncated file read": Rejection.TRUNCATED,
    "end of file": Rejection.TRUNCATED,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may cost. The measurements behind the defaults are in `docs/reading-photos.md`."""

    bytes: int = 25 * 1024 * 1024
    """Size of the object."""
    jpeg_pixels: int = 50_000_000
    """48 MP phones pass."""
    heic_pixels: int = 100_000_000
    """Pixels that are coded: tiles, transparency and what a crop hides are counted. It bounds the time."""
    avif_pixels: int = 100_000_000
    """As above."""
    heif_working_bytes: int = 450_000_000
    """Memory of libheif or libavif at its peak: a HEIC of 85 MP or an AVIF of 50 MP passes, with its file of 10 MB."""
    png_pixels: int = 25_000_000
    webp_pixels: int = 25_000_000
    """WebP's decoder keeps two canvases."""
    jpeg_working_bytes: int = 400_000_000
    """Pixels as decoded, and all coefficients if the JPEG is progressive: 48 MP in four full components pass (393)."""
    jpeg_scans: int = 64
    """An encoder writes about ten."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo, ready for the network. It holds no metadata of the photo."""

    pixels: npt.NDArray[np.uint8]
    """`(size, size, 3)` uint8, RGB, C-contiguous."""
    width: int
    """Columns of the upright source."""
    height: int
    """Rows of the upright source."""
    format: str
    """`jpeg`, `png`, `webp`, `heic` or `avif`."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or not self.pixels.size:
            raise ValueError(f"a picture of {self.width} x {self.height} pixels is none")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A photo that cannot be used."""

    code: Rejection
    detail: str
    """What was wrong, for a log: never bytes out of the photo."""


def decode(data: bytes, size: int, limits: Limits = Limits()) -> Decoded | Rejected:
    """Read a photo and squash it to `(size, size)`; whatever the bytes, answer with pixels or a named rejection.

    Raises `ValueError` for a size that is none, and nothing else.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    try:
        return _decode(data, size, limits)
    except Refused as refused:
        return Rejected(refused.code, refused.detail)
    except MemoryError:
        return Rejected(Rejection.EXHAUSTED, "no memory left to decode")
    except Exception as error:  # noqa: BLE001 - decoders raise what they like, and no photo may fail a task
        return _named(error)


def _decode(data: bytes, size: int, limits: Limits) -> Decoded:
    if not data:
        raise Refused(Rejection.EMPTY, "no bytes")
    if len(data) > limits.bytes:
        raise Refused(Rejection.TOO_LARGE, f"{len(data)} bytes, {limits.bytes} allowed")
    if jpeg.is_jpeg(data):
        return _jpeg(data, size, limits)
    if png.is_png(data):
        picture = png.inspect(data)
        _afford(picture.pixels, limits.png_pixels, "pixels")
        return _decoded(PngImageFile(io.BytesIO(picture.data)), picture, size, "png")
    if webp.is_webp(data):
        picture = webp.inspect(data)
        _afford(picture.pixels, limits.webp_pixels, "pixels")
        return _decoded(WebPImageFile(io.BytesIO(picture.data)), picture, size, "webp")
    if heif.is_heif(data):
        return _heif(data, size, limits)
    raise Refused(Rejection.UNSUPPORTED_FORMAT, "not a JPEG, PNG, WebP, HEIC or AVIF")


def _jpeg(data: bytes, size: int, limits: Limits) -> Decoded:
    picture = jpeg.inspect(data)
    _afford(picture.pixels, limits.jpeg_pixels, "pixels")
    _afford(picture.passes, limits.jpeg_scans, "scans")
    image = JpegImageFile(io.BytesIO(picture.data))
    wanted = round(REDUCING_GAP * size)
    image.draft(None, (wanted, wanted))  # decodes at 1/2, 1/4 or 1/8 as long as both sides keep what is wanted
    _afford(picture.working_bytes + 4 * image.width * image.height, limits.jpeg_working_bytes, "bytes to decode")
    return _decoded(image, picture, size, "jpeg")


def _heif(data: bytes, size: int, limits: Limits) -> Decoded:
    still = heif.inspect(data)
    price = still.price
    code = Rejection.TOO_MANY_PIXELS if price.honest else Rejection.BOMB
    allowed = {"heic": limits.heic_pixels, "avif": limits.avif_pixels}[price.format]
    _afford(price.pixels, allowed, "pixels to decode", code)
    _afford(price.bytes, limits.heif_working_bytes, "bytes to decode", code)
    image, picture = square(still, size)
    return _decoded(image, picture, size, price.format)


def _afford(needed: int, allowed: int, what: str, code: Rejection = Rejection.BOMB) -> None:
    if needed > allowed:
        raise Refused(code, f"{needed} {what}, {allowed} allowed")


def _decoded(image: Image.Image, picture: Picture, size: int, name: str) -> Decoded:
    pixels = network_input(image, size, picture.orientation)
    return Decoded(pixels, *turned_size(picture.width, picture.height, picture.orientation), name)


def _named(error: Exception) -> Rejected:
    """Give a decoder's error its code. The decoders' messages speak of structure, never of a photo's content."""
    message = " ".join(str(error).split())[:200]
    code = next((code for hint, code in _HINTS.items() if hint in message.lower()), Rejection.CORRUPT)
    return Rejected(code, f"{type(error).__name__}: {message}")
