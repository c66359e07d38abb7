"""A picture ends where its last pixel ends: what is missing is noticed, what lies behind changes nothing."""

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import PNG_SIGNATURE, after_soi, box, chunk, riff, riff_chunks, segment
from infra.samples.files.hostile_jpeg import EOI, sequential_scans
from infra.samples.files.sources import encoded, picture
from spark_app.photos.formats.picture import SLIVER
from spark_app.photos.images import Decoded, PhotoLimits, Rejected, decode

SIZE = 96
DEFAULTS = PhotoLimits()
KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "baseline, 4:4:4": {"subsampling": 0, "quality": 95},
    "restart markers": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "progressive, restart markers": {"progressive": True, "restart_marker_blocks": 3},
}
FILM = box(b"ftyp", b"mp42", bytes(4)) + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 4_000 + b"\xff\xc4\0\2" * 4_000
BEHIND = {
    "nothing": b"",
    "one byte of the marker": b"\xff",
    "zeros": bytes(5_000),
    "a maker's trailer": b"\0\0\1\x0a\x0e\0\0\0Image_UTC_Data1600000000000SEFH" + bytes(range(256)) + b"SEFT",
    "a film": box(b"ftyp", b"mp42", bytes(4)) + random.Random(0).randbytes(200_000),
    "a film of scan headers": FILM,
    "a second picture": encoded(picture(), "JPEG", progressive=True),
}


def _read(data: bytes, limits: PhotoLimits = DEFAULTS) -> Decoded:
    answer = decode(data, SIZE, limits)
    assert isinstance(answer, Decoded), answer
    return answer


def _code(data: bytes, limits: PhotoLimits = DEFAULTS) -> Rejection | None:
    answer = decode(data, SIZE, limits)
    return answer.code if isinstance(answer, Rejected) else None


def _jpegs() -> Iterator[tuple[str, bytes]]:
    for name, options in KINDS.items():
        yield name, encoded(picture(640, 480), "JPEG", **options)
    yield "grey", encoded(picture(640, 480).convert("L"), "JPEG")
    yield "several scans", sequential_scans()


JPEGS = dict(_jpegs())


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_without_its_end_marker_is_read_to_the_bit(kind: str, behind: str) -> None:
    whole = JPEGS[kind]
    assert whole.endswith(EOI)
    answer = _read(whole[:-2] + BEHIND[behind])
    assert np.array_equal(answer.pixels, _read(whole).pixels)
    assert not answer.incomplete


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("kind", JPEGS)
def test_what_lies_behind_the_end_marker_is_no_scan(kind: str, behind: str) -> None:
    limits = PhotoLimits(jpeg_scans=12)
    answer = _read(JPEGS[kind] + BEHIND[behind], limits)
    assert np.array_equal(answer.pixels, _read(JPEGS[kind], limits).pixels)


def test_the_red_twin_the_film_is_full_of_scan_headers() -> None:
    assert FILM.count(b"\xff\xda") > PhotoLimits().jpeg_scans


@pytest.mark.parametrize("behind", ["nothing", "zeros", "a film"])
@pytest.mark.parametrize("end", [b"", EOI])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("kind", JPEGS)
def test_a_part_of_a_jpeg_is_truncated_whatever_stands_behind_it(
    kind: str, share: float, end: bytes, behind: str
) -> None:
    whole = JPEGS[kind]
    assert _code(whole[: int(share * len(whole))] + end + BEHIND[behind]) is Rejection.TRUNCATED


def test_the_red_twin_a_decoder_alone_makes_grey_of_what_is_missing() -> None:
    whole = JPEGS["baseline"]
    half = Image.open(io.BytesIO(whole[: len(whole) // 2] + EOI))
    half.load()
    assert np.asarray(half)[-1].std() < 2 < np.asarray(picture(640, 480))[-1].std()


def _png_of(rows: int, image: Image.Image) -> bytes:
    """Return a PNG whose header promises all rows, and whose pixels end properly after some."""
    short, whole = encoded(image.crop((0, 0, image.width, rows)), "PNG"), encoded(image, "PNG")
    return whole[:33] + short[33:]


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "RGBA", "P", "1"])
def test_a_png_whose_rows_end_half_way_is_truncated(mode: str) -> None:
    image = picture(160, 120).convert(mode)
    assert _code(_png_of(60, image)) is Rejection.TRUNCATED
    assert _code(_png_of(120, image)) is None


def test_a_png_that_ends_black_is_whole() -> None:
    dark = picture().copy()
    dark.paste((0, 0, 0), (0, 60, 160, 120))
    assert not _read(encoded(dark, "PNG")).incomplete
    assert _code(_png_of(60, dark)) is Rejection.TRUNCATED


PNG_ENDS = {
    "no IEND": b"",
    "IEND cut in its length": chunk(b"IEND")[:2],
    "IEND without a checksum": chunk(b"IEND")[:8],
    "IEND with a wrong checksum": chunk(b"IEND")[:8] + b"fail",
    "a chunk of control characters": chunk(b"\0\1\2\3") + chunk(b"IEND"),
    "a chunk longer than the file": b"\x7f\xff\xff\xfftEXtfruit",
    "text with a wrong checksum": chunk(b"tEXt", b"a\0b")[:-4] + b"fail" + chunk(b"IEND"),
    "a second header": encoded(picture(), "PNG")[8:33],
    "zeros": bytes(100),
}


@pytest.mark.parametrize("end", PNG_ENDS)
def test_nothing_behind_the_pixels_of_a_png_refuses_it(end: str) -> None:
    whole = encoded(picture(), "PNG")
    assert whole.endswith(chunk(b"IEND"))
    assert np.array_equal(_read(whole[:-12] + PNG_ENDS[end]).pixels, _read(whole).pixels)


@pytest.mark.parametrize("marker", [0xE5, 0xFE, 0xE1])
@pytest.mark.parametrize("length", [0, 1])
def test_a_comment_or_application_segment_of_no_length_is_skipped(marker: int, length: int) -> None:
    whole = JPEGS["baseline"]
    odd = bytes([0xFF, marker, 0, length])
    assert np.array_equal(_read(after_soi(whole, odd, segment(0xFE, b"fruit"))).pixels, _read(whole).pixels)


SLIVERS = {
    "baseline": encoded(picture(1_600, 1_200), "JPEG", quality=90),
    "restart markers": encoded(picture(1_600, 1_200), "JPEG", quality=90, restart_marker_blocks=2),
    "progressive": encoded(picture(1_600, 1_200), "JPEG", quality=90, progressive=True),
    "png": encoded(picture(1_600, 1_200), "PNG"),
    "webp": encoded(picture(1_600, 1_200), "WEBP", quality=90),
}


@pytest.mark.parametrize("kind", SLIVERS)
def test_a_photo_without_a_sliver_is_read_and_says_so(kind: str) -> None:
    data = SLIVERS[kind]
    whole, answer = _read(data), _read(data[:-300])
    assert (whole.incomplete, answer.incomplete) == (False, True)
    assert np.abs(whole.pixels.astype(int) - answer.pixels).mean() < 0.5


@pytest.mark.parametrize("kind", SLIVERS)
def test_more_than_a_sliver_is_truncated(kind: str) -> None:
    data = SLIVERS[kind]
    assert _code(data[: int(0.97 * len(data))]) is Rejection.TRUNCATED
    assert _code(data[: int(0.97 * len(data))], replace(PhotoLimits(), sliver=0.2)) is None, "the red twin"


@pytest.mark.parametrize("kind", SLIVERS)
def test_where_nothing_may_be_missing_a_sliver_is_truncated(kind: str) -> None:
    assert _code(SLIVERS[kind][:-300], replace(PhotoLimits(), sliver=0.0)) is Rejection.TRUNCATED
    assert SLIVER > 0


def test_of_a_webp_only_the_pixels_must_be_there() -> None:
    ((kind, pixels),) = riff_chunks(encoded(picture(), "WEBP", lossless=True))
    size = b"VP8X", b"\x0c\0\0\0" + (159).to_bytes(3, "little") + (119).to_bytes(3, "little")
    whole = riff(size, (kind, pixels), (b"XMP ", b"<x/>" * 100))
    answer = _read(whole[:-100])
    assert np.array_equal(answer.pixels, _read(whole).pixels)
    assert not answer.incomplete


@pytest.mark.parametrize("colour", ["white", "black", (90, 120, 30)])
def test_a_flat_webp_ends_in_zeros_and_is_whole(colour: "str | tuple[int, int, int]") -> None:
    flat = Image.new("RGB", (1_000, 1_000), colour)
    flat.paste(picture(1_000, 500), (0, 0))
    for image in (flat, Image.new("RGB", (1_000, 1_000), colour)):
        assert not _read(encoded(image, "WEBP")).incomplete


def test_the_tools_cut_where_they_say() -> None:
    assert encoded(picture(), "PNG").startswith(PNG_SIGNATURE + chunk(b"IHDR", encoded(picture(), "PNG")[16:29]))
