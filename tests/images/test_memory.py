"""The dearest photos that the limits let pass, each as long as a file may be, leave a worker of 512 MB alive."""

from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.samples.child import in_child
from infra.samples.files.containers import canvas, chunk, riff, riff_chunks
from infra.samples.files.hostile import good_files
from infra.samples.files.sources import encoded
from spark_app.photos.formats.webp import PIXEL_BYTES
from spark_app.photos.images import PhotoLimits

ALPHA = 0x10
LIMITS = PhotoLimits()


def _strip(components: int, mode: str) -> bytes:
    """Return a progressive JPEG, too low to be decoded at a smaller scale, just within what it may take to decode."""
    width = 65_000
    height = (LIMITS.working_bytes - LIMITS.bytes) // (2 * components + 4) // width // 8 * 8
    flat = Image.new(mode, (width, height), 128 if mode == "L" else (90, 120, 30, 60)[: len(mode)])
    return encoded(flat, "JPEG", progressive=True, subsampling=0).ljust(LIMITS.bytes, b"\0")


def _square(pixel_bytes: int, mode: str) -> Image.Image:
    side = int(sqrt((LIMITS.working_bytes - LIMITS.bytes) / pixel_bytes))
    return Image.new(mode, (side, side), (90, 120, 30, 60)[: len(mode)])


def _webp() -> bytes:
    image = _square(PIXEL_BYTES, "RGBA")
    pixels = riff_chunks(encoded(image, "WEBP", lossless=True, method=0, quality=0))[-1]
    bare = len(riff(canvas(*image.size, ALPHA), pixels))
    return riff(canvas(*image.size, ALPHA), pixels, (b"junk", bytes((LIMITS.bytes - bare - 8) // 2 * 2)))


def _png(pixel_bytes: int, mode: str, **options: Any) -> bytes:
    data = encoded(_square(pixel_bytes, mode), "PNG", compress_level=1, **options)
    end = chunk(b"IEND")
    left = LIMITS.bytes - len(data)
    return data[: -len(end)] + chunk(b"IDAT", bytes(left - 12)) + end  # libpng's stream ends before this chunk


DEAREST: dict[str, Callable[[], bytes]] = {
    "jpeg, progressive strip of three components": lambda: _strip(3, "RGB"),
    "jpeg, progressive strip of four components": lambda: _strip(4, "CMYK"),
    "webp, lossless and transparent": _webp,
    "png, RGB": lambda: _png(4, "RGB"),
    "png, one colour clear": lambda: _png(12, "RGB", transparency=(1, 2, 3)),
    "png, transparent": lambda: _png(8, "RGBA"),
}


@pytest.mark.parametrize("name", DEAREST)
def test_the_dearest_photo_that_passes_is_decoded_in_less_than_512_mb(name: str, tmp_path: Path) -> None:
    data = DEAREST[name]()
    assert LIMITS.bytes - 1 <= len(data) <= LIMITS.bytes
    report = in_child([file.data for file in good_files()], [data], tmp_path)
    assert (report.crashed, report.outcomes) == (None, {"decoded": 1})
    assert report.peak_mb < 512, report


def test_a_200_mp_photo_of_a_phone_costs_what_its_small_scale_costs(tmp_path: Path) -> None:
    photo = encoded(Image.new("L", (16_384, 12_288), 128), "JPEG")
    report = in_child([file.data for file in good_files()], [photo], tmp_path)
    assert report.outcomes == {"decoded": 1}
    assert report.growth_mb < 48, report  # 201 MB if all pixels were decoded
