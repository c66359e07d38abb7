"""Decode HEIC and AVIF to a small square by libheif and libavif, with one thread and few copies of the pixels."""

from dataclasses import dataclass
from math import ceil

import numpy as np
import pillow_heif
from PIL import Image, _avif

from spark_app.photos.colour import transform_for
from spark_app.photos.formats.colour import Colour
from spark_app.photos.formats.exif import UPRIGHT
from spark_app.photos.formats.heif import Still
from spark_app.photos.formats.picture import Picture
from spark_app.photos.pixels import REDUCING_GAP

_BAND = 256  # rows that are copied at a time


def square(still: Still, size: int) -> tuple[Image.Image, Picture]:
    """Decode a still picture and squash it to `(size, size)`; also return its size, with turn and colours still to do.

    Bicubic, in the two steps of `pixels.network_input` and equal to the bit. Raises what the decoders raise.
    """
    rows, turn = (_heic if still.price.format == "heic" else _avif_still)(still.data)
    small, colour = _squashed(rows, size, still.colour)
    return small, Picture(b"", rows.width, rows.height, turn, colour=colour)


def _heic(data: bytes) -> "tuple[_Rows, int]":
    pillow_heif.options.DECODE_THREADS = 1  # a task slot has one core; pillow-heif reads the option at each open
    photo = pillow_heif.open_heif(data)
    pixels = photo.data
    width, height = photo.size  # the true size; before, the container claimed one
    # libheif itself turns the picture (irot, imir); by the HEIF standard the EXIF orientation does not count.
    return _Rows(pixels, photo.mode, width, height, photo.stride), UPRIGHT


def _avif_still(data: bytes) -> "tuple[_Rows, int]":
    # Pillow's binding of libavif, not its plugin, which would parse EXIF and take 4 more bytes a pixel.
    decoder = _avif.AvifDecoder(data, "auto", 1)
    (width, height), _, mode, _, _, turn, _ = decoder.get_info()
    pixels = decoder.get_frame(0)[0]
    return _Rows(pixels, mode, width, height, len(mode) * width), turn  # irot and imir, as an EXIF orientation


@dataclass(frozen=True, slots=True)
class _Rows:
    """Interleaved pixels of a decoder; a band of rows at a time becomes an image."""

    pixels: bytes | memoryview
    mode: str
    width: int
    height: int
    stride: int

    def band(self, top: int, rows: int) -> Image.Image:
        """Copy up to `rows` rows from `top` on."""
        bottom = min(top + rows, self.height)
        copied = bytes(self.pixels[top * self.stride : bottom * self.stride])
        size = self.width, bottom - top
        return _of_8_bits(Image.frombuffer(self.mode, size, copied, "raw", self.mode, self.stride, 1))


def _of_8_bits(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # Pillow would clip at 255 instead


def _squashed(source: _Rows, size: int, colour: Colour | None) -> tuple[Image.Image, Colour | None]:
    """Resize band by band, like `Image.resize` with a reducing gap but without a second copy of all pixels.

    Colours of a wide space are converted between the two steps. Also return the colour space still to be converted.
    """
    across, down = (int(side / size / REDUCING_GAP) or 1 for side in (source.width, source.height))
    rows = max(_BAND // down, 1) * down
    bands = [source.band(top, rows).reduce((across, down)) for top in range(0, source.height, rows)]
    whole = Image.new(bands[0].mode, (ceil(source.width / across), ceil(source.height / down)))
    for place, band in enumerate(bands):
        whole.paste(band, (0, place * (rows // down)))
    transform = transform_for(colour, whole.mode)
    if transform and transform.wide and whole.mode == "RGB":
        whole, colour = Image.fromarray(transform(np.asarray(whole))), None
    box = (0.0, 0.0, source.width / across, source.height / down)
    small = whole.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return small if small.mode in ("L", "RGB", "RGBA") else small.convert("RGBA"), colour
