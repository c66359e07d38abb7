"""Every cap is a setting, holds to the pixel, and lets today's phones pass."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import canvas, png, riff, riff_chunks, with_size
from infra.samples.files.hostile_jpeg import empty_scans, many_scans, many_sequential_scans
from infra.samples.files.sources import encoded, heic, picture
from spark_app.photos.formats import heif, jpeg
from spark_app.photos.images import Decoded, PhotoLimits, Rejected, decode

PIXELS = 160 * 120
CLAIMS = {
    "jpeg": with_size(encoded(picture(16, 16), "JPEG", quality=5), 2_000, 1_000),
    "png": png(2_000, 1_000, 8, 0, b""),
    "webp": riff(canvas(2_000, 1_000), *riff_chunks(encoded(picture(16, 16), "WEBP"))),
}
PNG_PRICES: list[tuple[str, dict[str, Any], int]] = [
    ("RGB", {}, 4),
    ("RGB", {"transparency": (1, 2, 3)}, 12),
    ("RGBA", {}, 8),
    ("LA", {}, 8),
    ("L", {}, 1),
    ("P", {}, 5),
    ("P", {"transparency": bytes(range(256))}, 9),
    ("1", {}, 5),
    ("I;16", {}, 8),
]
PHONES = [  # "50 MP" of two makers, 64, 108 and 200 MP modes, a panorama
    (8_192, 6_144),
    (8_160, 6_144),
    (9_248, 6_944),
    (12_000, 9_000),
    (16_320, 12_240),
    (16_384, 12_288),
    (16_382, 3_628),
]
CODED = {"heic": 160 * 128, "avif": PIXELS}  # x265 codes blocks of 16 x 16


def _code(data: bytes, limits: PhotoLimits) -> Rejection | None:
    answer = decode(data, 64, limits)
    return answer.code if isinstance(answer, Rejected) else None


def test_the_size_of_a_file_is_capped_to_the_byte() -> None:
    data = encoded(picture(), "JPEG")
    assert _code(data, PhotoLimits(bytes=len(data))) is None
    assert _code(data, PhotoLimits(bytes=len(data) - 1)) is Rejection.TOO_LARGE


@pytest.mark.parametrize("format", ["heic", "avif"])
def test_the_pixels_of_a_heic_and_an_avif_are_capped_to_the_pixel(format: str) -> None:
    data = heic(picture()) if format == "heic" else encoded(picture(), format)
    setting = f"{format}_pixels"
    assert _code(data, replace(PhotoLimits(), **{setting: CODED[format]})) is None
    assert _code(data, replace(PhotoLimits(), **{setting: CODED[format] - 1})) is Rejection.TOO_MANY_PIXELS


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_pixels_of_each_format_are_capped_to_the_pixel(format: str) -> None:
    data = encoded(picture(), format)
    setting = f"{format}_pixels"
    assert _code(data, replace(PhotoLimits(), **{setting: PIXELS})) is None
    assert _code(data, replace(PhotoLimits(), **{setting: PIXELS - 1})) is Rejection.TOO_MANY_PIXELS


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_owner_of_a_photo_that_is_too_large_learns_the_limit(format: str) -> None:
    answer = decode(encoded(picture(), format), 64, replace(PhotoLimits(), **{f"{format}_pixels": 10_000}))
    assert answer == Rejected(Rejection.TOO_MANY_PIXELS, "19200 pixels, 10000 allowed")


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_file_that_claims_what_no_photo_of_its_bytes_has_is_a_bomb(claim: str) -> None:
    """A few hundred bytes that claim 2 MP: were they 4,000 MP, a decoder would reserve gigabytes for them."""
    data = CLAIMS[claim]
    limits = replace(PhotoLimits(), **{f"{claim}_pixels": 1_999_999})
    assert _code(data, limits) is Rejection.BOMB
    assert _code(data.ljust(2_001, b"\0"), limits) is Rejection.TOO_MANY_PIXELS, "the red twin: with bytes enough"


@pytest.mark.parametrize("format", ["heic", "avif"])
def test_transparency_in_a_heic_or_avif_counts_as_a_second_picture(format: str) -> None:
    glass = picture().copy()
    glass.putalpha(128)
    data = heic(glass) if format == "heic" else encoded(glass, "AVIF")
    setting = f"{format}_pixels"
    assert _code(data, replace(PhotoLimits(), **{setting: 2 * CODED[format]})) is None
    assert _code(data, replace(PhotoLimits(), **{setting: 2 * CODED[format] - 1})) is Rejection.TOO_MANY_PIXELS


@pytest.mark.parametrize("format", ["heic", "avif"])
def test_the_memory_of_a_heic_and_an_avif_is_capped_to_the_byte_by_the_kind_of_its_pixels(format: str) -> None:
    def data(**options: object) -> bytes:
        return heic(picture(), **options) if format == "heic" else encoded(picture(), "AVIF", **options)

    full = {"chroma": 444} if format == "heic" else {"subsampling": "4:4:4"}
    plain, dear = data(), data(**full)
    for photo in (plain, dear):
        needed = heif.inspect(photo).price.bytes
        assert _code(photo, PhotoLimits(heif_working_bytes=needed)) is None
        assert _code(photo, PhotoLimits(heif_working_bytes=needed - 1)) is Rejection.TOO_MANY_PIXELS
    grown = heif.inspect(dear).price.bytes - 2 * len(dear) - heif.inspect(plain).price.bytes
    assert grown + 2 * len(plain) == CODED[format] * (4.5 if format == "heic" else 1.5)


def test_the_scans_of_a_jpeg_are_capped() -> None:
    """Each scan is a walk over all coefficients, for a few bytes: thousands of them would keep a core for hours."""
    data = empty_scans(64, 64, 8)
    assert _code(data, PhotoLimits(jpeg_scans=8)) is None
    assert _code(data, PhotoLimits(jpeg_scans=7)) is Rejection.BOMB


def test_scans_are_capped_wherever_they_are_repeated() -> None:
    progressive = encoded(picture(), "JPEG", progressive=True)
    limits = PhotoLimits(jpeg_scans=12)
    assert _code(progressive, limits) is None
    assert _code(many_scans(progressive, 4), limits) is Rejection.BOMB
    assert _code(many_sequential_scans(8), PhotoLimits(jpeg_scans=4)) is Rejection.BOMB


def test_pixels_times_scans_are_capped() -> None:
    data = empty_scans(64, 64, 8)
    assert _code(data, PhotoLimits(jpeg_visits=8 * 64 * 64)) is None
    assert _code(data, PhotoLimits(jpeg_visits=8 * 64 * 64 - 1)) is Rejection.BOMB


def test_memory_of_a_progressive_jpeg_is_priced_with_all_its_coefficients() -> None:
    data = encoded(picture(), "JPEG", progressive=True, subsampling=0)
    _holds_to_the_byte(data, 2 * 3 * PIXELS + 4 * PIXELS)


@pytest.mark.parametrize(("mode", "options", "each"), PNG_PRICES)
def test_memory_of_a_png_is_priced_by_its_mode(mode: str, options: dict[str, Any], each: int) -> None:
    _holds_to_the_byte(encoded(picture().convert(mode), "PNG", **options), each * PIXELS)


def test_memory_of_a_webp_is_priced_with_the_decoders_canvases() -> None:
    _holds_to_the_byte(encoded(picture(), "WEBP"), 12 * PIXELS)


def _holds_to_the_byte(data: bytes, pixels: int) -> None:
    needed = pixels + len(data)
    assert _code(data, PhotoLimits(working_bytes=needed)) is None
    assert _code(data, PhotoLimits(working_bytes=needed - 1)) is Rejection.TOO_MANY_PIXELS


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_todays_phones_pass_in_a_baseline_jpeg(width: int, height: int) -> None:
    """By its price: what the decode of such files takes is measured in `docs/reading-photos.md`."""
    limits = PhotoLimits()
    assert width * height <= limits.jpeg_pixels
    scale = max(n for n in (1, 2, 4, 8) if min(width, height) // n >= 672 or n == 1)
    assert 4 * (width // scale) * (height // scale) + limits.bytes <= limits.working_bytes


@pytest.mark.parametrize("subsampling", [0, 2])
def test_48_mp_phones_pass_in_every_kind_of_jpeg(subsampling: int) -> None:
    limits = PhotoLimits()
    header = jpeg.inspect(encoded(picture(), "JPEG", progressive=True, subsampling=subsampling))
    grown = 8_064 * 6_048 / header.pixels
    assert header.pixels * grown <= limits.jpeg_pixels
    reduced = 4 * (8_064 // 8) * (6_048 // 8)
    assert header.working_bytes * grown + reduced + 25_000_000 <= limits.working_bytes


def test_large_heics_and_avifs_of_phones_pass() -> None:
    limits = PhotoLimits()
    for data, largest in [(heic(picture()), 85_000_000), (encoded(picture(), "AVIF"), 8_160 * 6_144)]:
        price = heif.inspect(data).price
        memory = largest * (price.bytes - 2 * len(data)) / price.pixels + 2 * 10_000_000
        assert memory <= limits.heif_working_bytes
        assert largest <= min(limits.heic_pixels, limits.avif_pixels)
    assert limits.heic_pixels >= 512 * 512 * -(-16_382 // 512) * -(-3_628 // 512)  # a panorama, in tiles


def test_the_tiles_of_a_heic_grid_are_what_is_counted() -> None:
    assert heif.inspect(heic(picture(), tile_size=64)).price.pixels == 64 * 64 * 3 * 2
    assert isinstance(decode(heic(picture(), tile_size=64), 64), Decoded)


def test_a_size_below_one_pixel_is_a_mistake_of_the_caller_not_of_the_photo() -> None:
    with pytest.raises(ValueError, match="size"):
        decode(encoded(picture(), "PNG"), 0)
