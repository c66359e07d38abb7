"""Whatever the mode of a photo, the network sees RGB of 8 bits, transparency over white."""

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from infra.samples.files.containers import chunk, find_segment, png
from infra.samples.files.sources import encoded, heic, picture
from spark_app.photos.images import Decoded, decode

SIZE = 64
Pixels = npt.NDArray[np.float64]


def _rgb() -> Pixels:
    return np.asarray(picture(), np.float64)


def _grey() -> Pixels:
    return np.repeat(np.asarray(picture().convert("L"), np.float64)[:, :, None], 3, axis=2)


def _glass() -> Image.Image:
    """Return the picture, more transparent from left to right."""
    glass = picture().copy()
    glass.putalpha(Image.fromarray(np.tile(np.linspace(255, 0, 160).astype(np.uint8), (120, 1))))
    return glass


def _over_white(image: Image.Image) -> Pixels:
    rgba = np.asarray(image.convert("RGBA"), np.float64)
    alpha = rgba[:, :, 3:] / 255
    return rgba[:, :, :3] * alpha + 255 * (1 - alpha)


def _deep(channels: int) -> bytes:
    """Return rows of 16 bit samples, big-endian and unfiltered: the picture times 257, plus alpha when asked for."""
    source = {1: picture().convert("L"), 2: _glass().convert("LA"), 3: picture(), 4: _glass()}[channels]
    samples = np.asarray(source).reshape(120, 160 * channels).astype(">u2") * 257
    return b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)


def _cmyk_as_ycck() -> bytes:
    """Return a CMYK JPEG whose Adobe marker says that its colours are YCCK."""
    jpeg = encoded(picture().convert("CMYK"), "JPEG", quality=95)
    _, end = find_segment(jpeg, 0xEE)
    return jpeg[: end - 1] + b"\2" + jpeg[end:]


def _bits() -> Pixels:
    return np.repeat(np.asarray(picture().convert("1"), np.float64)[:, :, None] * 255, 3, axis=2)


def _keyed_palette() -> Image.Image:
    return picture().quantize(16)


def _cases() -> Iterator[tuple[str, bytes, Pixels]]:
    palette, glass = _keyed_palette(), _glass()
    first_gone = palette.convert("RGBA")
    first_gone.putalpha(Image.fromarray(np.where(np.asarray(palette) == 0, 0, 255).astype(np.uint8)))
    faded = palette.convert("RGBA")
    faded.putalpha(Image.fromarray((np.asarray(palette) * 16).astype(np.uint8)))
    grey_glass = glass.convert("LA")
    yield "png 1", encoded(picture().convert("1"), "PNG"), _bits()
    yield "png L", encoded(picture().convert("L"), "PNG"), _grey()
    yield "png LA", encoded(grey_glass, "PNG"), _over_white(grey_glass)
    yield "png P", encoded(palette, "PNG"), np.asarray(palette.convert("RGB"), np.float64)
    yield "png P, one colour clear", encoded(palette, "PNG", transparency=0), _over_white(first_gone)
    yield "png P, faded", encoded(palette, "PNG", transparency=bytes(range(0, 256, 16))), _over_white(faded)
    yield "png RGB", encoded(picture(), "PNG"), _rgb()
    yield "png RGBA", encoded(glass, "PNG"), _over_white(glass)
    yield "png grey of 16 bits", png(160, 120, 16, 0, _deep(1)), _grey()
    yield "png grey of 16 bits, one clear", png(160, 120, 16, 0, _deep(1), chunk(b"tRNS", b"\1\2")), _grey()
    yield "png grey and alpha of 16 bits", png(160, 120, 16, 4, _deep(2)), _over_white(grey_glass)
    yield "png RGB of 16 bits", png(160, 120, 16, 2, _deep(3)), _rgb()
    yield "png RGBA of 16 bits", png(160, 120, 16, 6, _deep(4)), _over_white(glass)
    yield "jpeg L", encoded(picture().convert("L"), "JPEG", quality=100), _grey()
    yield "jpeg YCbCr", encoded(picture(), "JPEG", quality=100, subsampling=0), _rgb()
    yield "jpeg RGB", encoded(picture(), "JPEG", quality=100, subsampling=0, keep_rgb=True), _rgb()
    yield "jpeg CMYK", encoded(picture().convert("CMYK"), "JPEG", quality=100), _rgb()
    yield "jpeg YCCK", _cmyk_as_ycck(), np.asarray(Image.open(io.BytesIO(_cmyk_as_ycck())).convert("RGB"), np.float64)
    yield "webp RGB", encoded(picture(), "WEBP", lossless=True), _rgb()
    yield "webp RGBA", encoded(glass, "WEBP", lossless=True, exact=True), _over_white(glass)
    yield "heic RGB", heic(picture(), quality=-1, chroma=444, matrix_coefficients=0), _rgb()
    yield "heic RGBA", heic(glass, quality=-1, chroma=444, matrix_coefficients=0), _over_white(glass)
    yield "heic L", heic(picture().convert("L"), quality=-1), _grey()
    yield "heic of 10 bits", heic(Image.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 257)), _grey()


CASES = {name: (data, expected) for name, data, expected in _cases()}


@pytest.mark.parametrize("name", CASES)
def test_every_mode_ends_as_rgb_over_white(name: str) -> None:
    data, expected = CASES[name]
    answer = decode(data, SIZE)
    assert isinstance(answer, Decoded), answer
    reference = Image.fromarray(expected.round().astype(np.uint8)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    difference = np.abs(np.asarray(reference, np.int16) - answer.pixels)
    assert difference.mean() <= 2, difference.mean()
    assert np.percentile(difference, 99) <= 8


def test_the_red_twin_without_its_adobe_marker_a_ycck_jpeg_has_other_colours() -> None:
    ycck = _cmyk_as_ycck()
    begin, end = find_segment(ycck, 0xEE)
    with_marker, without = decode(ycck, SIZE), decode(ycck[:begin] + ycck[end:], SIZE)
    assert isinstance(with_marker, Decoded)
    assert isinstance(without, Decoded)
    assert np.abs(with_marker.pixels.astype(int) - without.pixels).mean() > 10


def test_an_interlaced_png_is_read_like_any_other() -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = [row for y, x, down, right in passes for row in grey[y::down, x::right]]
    interlaced = decode(png(8, 8, 8, 0, b"".join(b"\0" + row.tobytes() for row in rows), interlace=1), 8)
    plain = decode(png(8, 8, 8, 0, b"".join(b"\0" + row.tobytes() for row in grey)), 8)
    assert isinstance(interlaced, Decoded)
    assert isinstance(plain, Decoded)
    assert np.array_equal(interlaced.pixels, plain.pixels)


def test_a_photo_of_one_pixel_fills_the_square() -> None:
    answer = decode(png(1, 1, 8, 2, b"\0" + bytes([200, 100, 50])), 16)
    assert isinstance(answer, Decoded)
    assert np.array_equal(np.unique(answer.pixels.reshape(-1, 3), axis=0), [[200, 100, 50]])


def test_small_photos_are_resized_exactly_as_the_reference_does() -> None:
    """The reference: `Image.open(...).convert("RGB").resize((224, 224))`, bicubic by Pillow's default."""
    for width, height in [(100, 100), (348, 348), (671, 500), (30, 900)]:
        data = encoded(picture(width, height), "JPEG", quality=90)
        answer = decode(data, 224)
        assert isinstance(answer, Decoded)
        assert np.array_equal(answer.pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224))))


def test_large_photos_decoded_at_a_smaller_scale_look_the_same() -> None:
    data = encoded(picture(3_000, 2_000), "JPEG", quality=90)
    answer = decode(data, 224)
    assert isinstance(answer, Decoded)
    assert (answer.width, answer.height) == (3_000, 2_000)
    reference = np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224)), np.int16)
    assert np.abs(reference - answer.pixels).mean() < 1


def test_a_large_photo_of_any_format_is_shrunk_in_two_steps_as_documented() -> None:
    large = picture(1_000, 800)
    answer = decode(encoded(large, "PNG"), SIZE)
    assert isinstance(answer, Decoded)
    exact, two = (large.resize((SIZE, SIZE), Image.Resampling.BICUBIC, reducing_gap=gap) for gap in (None, 3.0))
    assert np.array_equal(answer.pixels, np.asarray(two))
    assert not np.array_equal(np.asarray(exact), np.asarray(two))
