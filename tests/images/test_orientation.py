"""All eight ways to hold a phone give the same upright photo."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from infra.samples.files.containers import after_soi, before_idat, canvas, chunk, riff, riff_chunks, segment
from infra.samples.files.harmless import directories, exif, tiff
from infra.samples.files.sources import encoded, heic, picture
from spark_app.photos.formats.exif import UPRIGHT, orientation
from spark_app.photos.images import Decoded, decode

EIGHT = range(1, 9)
SIDEWAYS = {  # how a camera held that way stores the upright scene: the inverse of what the reader must do
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _stored(value: int) -> Image.Image:
    turn = SIDEWAYS[value]
    return picture() if turn is None else picture().transpose(turn)


def _as_jpeg(value: int, order: bytes) -> bytes:
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    return after_soi(encoded(_stored(value), "JPEG", quality=95), xmp, segment(0xE1, b"Exif\0\0" + tiff(value, order)))


def _as_png(value: int, order: bytes) -> bytes:
    return before_idat(encoded(_stored(value), "PNG"), chunk(b"eXIf", tiff(value, order)))


def _as_webp(value: int, order: bytes) -> bytes:
    stored = _stored(value)
    pixels = riff_chunks(encoded(stored, "WEBP", lossless=True))
    return riff(canvas(*stored.size, 0x08), *pixels, (b"EXIF", tiff(value, order)))


def _as_heic(value: int, order: bytes) -> bytes:
    return heic(_stored(value), exif=b"Exif\0\0" + tiff(value, order), quality=95)  # becomes irot and imir


WRITERS = {"jpeg": _as_jpeg, "png": _as_png, "webp": _as_webp, "heic": _as_heic}


@pytest.mark.parametrize("order", [b"MM", b"II"])
@pytest.mark.parametrize("value", EIGHT)
@pytest.mark.parametrize("format", WRITERS)
def test_eight_of_eight_orientations_end_upright(format: str, value: int, order: bytes) -> None:
    turned, upright = decode(WRITERS[format](value, order), 96), decode(encoded(picture(), "PNG"), 96)
    assert isinstance(turned, Decoded), turned
    assert isinstance(upright, Decoded)
    assert (turned.format, turned.width, turned.height) == (format, 160, 120)
    assert np.abs(turned.pixels.astype(int) - upright.pixels).mean() < 4


def test_the_red_twin_each_turn_left_undone_is_seen() -> None:
    upright = np.asarray(picture().resize((96, 96)), int)
    for value in set(EIGHT) - {1}:
        assert np.abs(np.asarray(_stored(value).resize((96, 96)), int) - upright).mean() > 15, value


@pytest.mark.parametrize("value", EIGHT)
def test_turning_after_the_resize_is_turning_before_it_to_the_last_bit_or_one(value: int) -> None:
    data = _as_png(value, b"MM")
    answer = decode(data, 96)
    assert isinstance(answer, Decoded)
    reference = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB").resize((96, 96))
    assert np.abs(np.asarray(reference, int) - answer.pixels).max() <= 1


@pytest.mark.parametrize(
    "block", [tiff(0), tiff(9), tiff(6, kind=4), tiff(6)[:20], b"MM\0*\xff\xff\xff\xff", b"II", b""]
)
def test_an_orientation_of_nonsense_means_upright(block: bytes) -> None:
    assert orientation(block) is None
    plain = encoded(picture(), "JPEG", quality=95)
    turned, upright = (decode(data, 96) for data in (after_soi(plain, segment(0xE1, b"Exif\0\0" + block)), plain))
    assert isinstance(turned, Decoded)
    assert isinstance(upright, Decoded)
    assert np.array_equal(turned.pixels, upright.pixels)


def test_a_heic_is_turned_once_though_its_exif_says_so_too() -> None:
    """libheif turns the picture by its own properties; the EXIF beside them is for information only."""
    plain = heic(picture())
    assert isinstance(decode(plain, 96), Decoded)
    twice = _as_heic(6, b"MM")
    assert tiff(6)[:20] in twice or b"irot" in twice
    answer = decode(twice, 96)
    assert isinstance(answer, Decoded)
    assert (answer.width, answer.height) == (160, 120)


def _silent() -> bytes:
    """Return an EXIF block that says nothing of the orientation."""
    return tiff(1).replace(struct.pack(">HHI", 0x0112, 3, 1), struct.pack(">HHI", 0x0110, 3, 1))


def _jpeg_with(*blocks: bytes) -> bytes:
    return after_soi(encoded(picture(), "JPEG"), *(segment(0xE1, b"Exif\0\0" + block) for block in blocks))


def _png_with(*blocks: bytes) -> bytes:
    return before_idat(encoded(picture(), "PNG"), *(chunk(b"eXIf", block) for block in blocks))


def _webp_with(*blocks: bytes) -> bytes:
    pixels = riff_chunks(encoded(picture(), "WEBP"))
    return riff(canvas(160, 120, 0x08), *pixels, *((b"EXIF", block) for block in blocks))


@pytest.mark.parametrize("write", [_jpeg_with, _png_with, _webp_with])
def test_the_first_block_that_speaks_decides_and_upright_is_an_answer(write: Callable[..., bytes]) -> None:
    assert _size(write(tiff(1), tiff(6))) == (160, 120)
    assert _size(write(tiff(6), tiff(1))) == (120, 160)
    assert _size(write(_silent(), tiff(6))) == (120, 160)
    assert _size(write(_silent(), b"MM", tiff(9), tiff(6))) == (120, 160)


@pytest.mark.parametrize("flags", [0x00, 0x04])
def test_the_exif_of_a_webp_counts_only_where_its_flag_is_on(flags: int) -> None:
    pixels = riff_chunks(encoded(picture(), "WEBP"))
    assert _size(riff(canvas(160, 120, flags), *pixels, (b"EXIF", tiff(6)))) == (160, 120)
    assert _size(riff(canvas(160, 120, flags | 0x08), *pixels, (b"EXIF", tiff(6)))) == (120, 160)
    assert _size(riff(*pixels, (b"EXIF", tiff(6)))) == (160, 120)


def _size(data: bytes) -> tuple[int, int]:
    answer = decode(data, 96)
    assert isinstance(answer, Decoded), answer
    return answer.width, answer.height


def test_the_red_twin_a_reader_that_follows_directories_would_turn_the_photo() -> None:
    followed = {name: block for name, block in directories() if "director" in name and "reach" not in name}
    assert len(followed) == 2
    for block in followed.values():
        elsewhere = struct.pack(">I", len(exif(entries=bytes(12))))
        assert (orientation(block) or UPRIGHT, orientation(block[:4] + elsewhere + block[8:])) == (UPRIGHT, 6)
