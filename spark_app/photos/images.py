"""From the bytes of a photo to the network's input, or to a named rejection. Pure: no Spark, store, model or clock.

The content decides the format. `spark_app.photos.formats` reads each container first, so a decoder sees only pictures
whose cost is known. Each decoder is called by its own class: no other decoder of Pillow can be reached. Nothing is set
process-wide, except that libheif uses one thread (`spark_app.photos.heif_images`).
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from contracts.photos.rejections import Rejection
from spark_app.photos.colour import transform_for
from spark_app.photos.formats import heif, jpeg, jpeg_pixels, png, png_pixels, webp, webp_pixels
from spark_app.photos.formats.picture import SLIVER, PhotoRefused, Picture
from spark_app.photos.heif_images import square
from spark_app.photos.pixels import REDUCING_GAP, first_step, network_input, turned_size

PIXELS_A_BYTE = 1_000
"""More pixels a byte than any photo has: a blurred HEIC has 50. Only a picture of one colour has more."""

_HINTS = {  # parts of the decoders' messages, in lower case
    "security limit": Rejection.BOMB,
    "out of memory": Rejection.EXHAUSTED,
    "image file is truncated": Rejection.TRUNCATED,
    "truncated file read": Rejection.TRUNCATED,
    "end of file": Rejection.TRUNCATED,
}


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """The most that one photo may cost. `docs/reading-photos.md` has the measurements behind the defaults."""

    bytes: int = 60 * 1024 * 1024
    """Size of the object in any format; a larger one is not fetched. A 200 MP photo has 20 to 60 MB."""
    jpeg_pixels: int = 202_000_000
    """Photos of 200 MP phones pass: 16,384 x 12,288."""
    heic_pixels: int = 100_000_000
    """Coded pixels, with tiles, transparency and what a crop hides. This bounds the time."""
    avif_pixels: int = 100_000_000
    """Coded pixels, as of HEIC."""
    heif_working_bytes: int = 450_000_000
    """Peak memory of libheif or libavif: a HEIC of 85 MP or an AVIF of 50 MP passes, each with a file of 10 MB."""
    png_pixels: int = 101_000_000
    webp_pixels: int = 101_000_000
    working_bytes: int = 416_000_000
    """Memory to decode a JPEG, PNG or WebP: the file, the decoded pixels, and what the decoder keeps beside them."""
    jpeg_scans: int = 64
    """Scans of a progressive JPEG; an encoder writes about ten."""
    jpeg_visits: int = 3_200_000_000
    """Pixels times scans, which the decoder of a progressive JPEG visits."""
    sliver: float = SLIVER
    """Share of a picture that may be missing, 0 to 1."""


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
    incomplete: bool = False
    """Whether a sliver of the picture is missing in the file (`spark_app.photos.formats.picture.SLIVER`)."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or not self.pixels.size:
            raise ValueError(f"a picture of {self.width} x {self.height} pixels is none")


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rejection of a photo."""

    code: Rejection
    detail: str
    """What is wrong with it, for a log; never bytes of the photo."""


def decode(data: bytes, size: int, limits: PhotoLimits = PhotoLimits()) -> Decoded | Rejected:
    """Decode a photo and squash it to `(size, size)`. Any bytes become pixels or a named rejection.

    Raises `ValueError` for a size below 1, and nothing else.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    try:
        return _decode(data, size, limits)
    except PhotoRefused as refused:
        return Rejected(refused.code, refused.detail)
    except MemoryError:
        return Rejected(Rejection.EXHAUSTED, "no memory left to decode")
    except Exception as error:  # noqa: BLE001 - decoders raise any exception, and no photo may fail a task
        return _named(error)


def _decode(data: bytes, size: int, limits: PhotoLimits) -> Decoded:
    if not data:
        raise PhotoRefused(Rejection.EMPTY, "no bytes")
    if len(data) > limits.bytes:
        raise PhotoRefused(Rejection.TOO_LARGE, f"{len(data)} bytes, {limits.bytes} allowed")
    if jpeg.is_jpeg(data):
        return _jpeg(data, size, limits)
    if png.is_png(data):
        return _png(data, size, limits)
    if webp.is_webp(data):
        return _webp(data, size, limits)
    if heif.is_heif(data):
        return _heif(data, size, limits)
    raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "not a JPEG, PNG, WebP, HEIC or AVIF")


def _jpeg(data: bytes, size: int, limits: PhotoLimits) -> Decoded:
    picture = jpeg.inspect(data)
    _afford_pixels(picture, data, limits.jpeg_pixels)
    _afford(picture.passes, limits.jpeg_scans, "scans")
    _afford(picture.pixels * picture.passes, limits.jpeg_visits, "pixels in all scans")
    image = JpegImageFile(io.BytesIO(picture.data))
    wanted = round(REDUCING_GAP * size)
    image.draft(None, (wanted, wanted))  # decodes at 1/2, 1/4 or 1/8 while both sides keep `wanted` pixels
    _afford_memory(picture.working_bytes + 4 * image.width * image.height, data, limits)
    incomplete = jpeg_pixels.load(image, data, picture, limits.sliver)
    return _decoded(image, picture, size, "jpeg", incomplete)


def _png(data: bytes, size: int, limits: PhotoLimits) -> Decoded:
    picture = png.inspect(data)
    _afford_pixels(picture, data, limits.png_pixels)
    _afford_memory(picture.working_bytes, data, limits)
    image = PngImageFile(io.BytesIO(picture.data))
    incomplete = png_pixels.load(image, data, picture, limits.sliver)
    return _decoded(image, picture, size, "png", incomplete)


def _webp(data: bytes, size: int, limits: PhotoLimits) -> Decoded:
    picture = webp.inspect(data, limits.sliver)
    _afford_pixels(picture, data, limits.webp_pixels)
    _afford_memory(picture.working_bytes, data, limits)
    return _decoded(webp_pixels.load(picture), picture, size, "webp", picture.incomplete)


def _heif(data: bytes, size: int, limits: PhotoLimits) -> Decoded:
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
        raise PhotoRefused(code, f"{needed} {what}, {allowed} allowed")


def _afford_pixels(picture: Picture, data: bytes, allowed: int) -> None:
    """Refuse a photo that is too large, or a bomb: a file that claims more pixels than its bytes can hold."""
    claimed = picture.pixels > PIXELS_A_BYTE * len(data)
    _afford(picture.pixels, allowed, "pixels", Rejection.BOMB if claimed else Rejection.TOO_MANY_PIXELS)


def _afford_memory(needed: int, data: bytes, limits: PhotoLimits) -> None:
    needed += len(data)
    _afford(needed, limits.working_bytes, "bytes of memory to decode its pixels", Rejection.TOO_MANY_PIXELS)


def _decoded(image: Image.Image, picture: Picture, size: int, name: str, incomplete: bool = False) -> Decoded:
    transform = transform_for(picture.colour, image.mode)
    if transform and transform.wide and image.mode == "RGB" and not image.has_transparency_data:
        image, transform = Image.fromarray(transform(np.asarray(first_step(image, size)))), None
    pixels = network_input(image, size, picture.orientation)
    if transform:
        pixels = transform(pixels)
    return Decoded(pixels, *turned_size(picture.width, picture.height, picture.orientation), name, incomplete)


def _named(error: Exception) -> Rejected:
    """Return the rejection for a decoder's error. Its message speaks of structure, never of the photo's content."""
    message = " ".join(str(error).split())[:200]
    code = next((code for hint, code in _HINTS.items() if hint in message.lower()), Rejection.CORRUPT)
    return Rejected(code, f"{type(error).__name__}: {message}")
