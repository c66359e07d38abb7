"""A photo's colours are those a viewer shows: whatever space a container names, the network sees sRGB."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from infra.samples.files import profiles
from infra.samples.files.containers import Heif, Item, after_soi, before_idat, box, chunk, riff, riff_chunks, segment
from infra.samples.files.profiles import PROFILES, SRGBS, apart, littlecms
from infra.samples.files.sources import encoded, heic, picture
from spark_app.photos.colour import Pixels
from spark_app.photos.formats.boxes import boxes
from spark_app.photos.formats.colour import MAX_PROFILE_BYTES, CodedColour, Icc, of_png
from spark_app.photos.formats.colr import of_primary
from spark_app.photos.formats.items import items as read_items
from spark_app.photos.images import Decoded, decode

SIZE = 64
P3, ADOBE = PROFILES["Display P3"], PROFILES["Adobe RGB"]


def read(data: bytes) -> Pixels:
    answer = decode(data, SIZE)
    assert isinstance(answer, Decoded), answer
    return answer.pixels


# --- The containers -------------------------------------------------------------------------------------------------

WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "JPEG": lambda profile: encoded(picture(), "JPEG", icc_profile=profile),
    "progressive JPEG": lambda profile: encoded(picture(), "JPEG", icc_profile=profile, progressive=True),
    "PNG": lambda profile: encoded(picture(), "PNG", icc_profile=profile),
    "WebP": lambda profile: encoded(picture(), "WEBP", icc_profile=profile),
    "HEIC": lambda profile: heic(picture(), icc_profile=profile),
    "HEIC of tiles": lambda profile: heic(picture(), icc_profile=profile, tile_size=64),
}


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("name", SRGBS)
def test_a_photo_whose_profile_is_srgb_is_read_to_the_bit_as_without(format: str, name: str) -> None:
    bare = {"HEIC": heic(picture()), "HEIC of tiles": heic(picture(), tile_size=64)}
    plain = bare.get(format) or WRITERS[format](b"")
    assert np.array_equal(read(WRITERS[format](SRGBS[name])), read(plain))


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB"])
def test_a_profile_is_applied_to_the_small_square(format: str, name: str) -> None:
    plain = read(WRITERS[format](SRGBS["sRGB"]))
    converted = read(WRITERS[format](PROFILES[name]))
    assert apart(converted, littlecms(plain, PROFILES[name])) <= 1
    assert apart(converted, plain) > 10


@pytest.mark.parametrize("name", ["ProPhoto RGB", "BT.2020"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_wide_profile_is_applied_before_what_the_last_resize_rounds_away(name: str, times: int) -> None:
    large = picture(160 * times, 120 * times)
    found = read(encoded(large, "PNG", icc_profile=PROFILES[name])).astype(int)
    first, last = Image.fromarray(littlecms(np.asarray(large), PROFILES[name])), read(encoded(large, "PNG"))
    expected = np.asarray(first.resize((SIZE, SIZE), Image.Resampling.BICUBIC), int)
    assert np.abs(found - expected).mean() < 0.6 * np.abs(littlecms(last, PROFILES[name]) - expected).mean()
    assert np.abs(found - expected).mean() < 0.5


def test_a_heic_s_numbers_of_a_wide_space_are_read_as_its_profile_is() -> None:
    by_numbers = heic(picture(), color_primaries=9, transfer_characteristics=13)
    assert apart(read(by_numbers), read(heic(picture(), icc_profile=PROFILES["BT.2020"]))) <= 1
    assert apart(read(by_numbers), read(heic(picture()))) > 10


def in_parts(profile: bytes, *numbers: int, count: int) -> bytes:
    """Return a JPEG whose profile is cut into `count` parts, of which those numbered are there."""
    step = -(-len(profile) // count)
    parts = [profile[(number - 1) * step : number * step] for number in numbers]
    bodies = [b"ICC_PROFILE\0" + bytes([number, count]) + part for number, part in zip(numbers, parts, strict=True)]
    return after_soi(encoded(picture(), "JPEG"), *(segment(0xE2, body) for body in bodies))


def test_a_profile_in_parts_is_joined_by_number_and_not_by_place() -> None:
    whole = read(WRITERS["JPEG"](P3))
    for numbers in ([1], [1, 2, 3], [3, 1, 2]):
        assert np.array_equal(read(in_parts(P3, *numbers, count=len(numbers))), whole)


@pytest.mark.parametrize(("numbers", "count"), [([1, 2], 3), ([1, 1, 2, 3], 3), ([2, 3], 2), ([0, 1], 2)])
def test_a_profile_with_a_part_missing_doubled_or_misnumbered_is_none(numbers: list[int], count: int) -> None:
    assert np.array_equal(read(in_parts(P3, *numbers, count=count)), read(encoded(picture(), "JPEG")))


def test_other_segments_of_its_kind_do_not_disturb_a_profile() -> None:
    data = after_soi(WRITERS["JPEG"](P3), segment(0xE2, b"MPF\0" + bytes(40)), segment(0xE2, b""))
    assert np.array_equal(read(data), read(WRITERS["JPEG"](P3)))


def test_a_webp_whose_flag_is_off_has_no_profile() -> None:
    chunks = riff_chunks(WRITERS["WebP"](P3))
    assert chunks[0][1][0] & 0x20
    off = [(chunks[0][0], bytes([chunks[0][1][0] & ~0x20]) + chunks[0][1][1:]), *chunks[1:]]
    assert np.array_equal(read(riff(*off)), read(encoded(picture(), "WEBP")))


# --- PNG ------------------------------------------------------------------------------------------------------------

CICP_P3 = chunk(b"cICP", bytes([12, 13, 0, 1]))
ICCP_ADOBE = chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE))
SRGB_CHUNK = chunk(b"sRGB", b"\0")
CHRM_P3 = chunk(b"cHRM", struct.pack(">8I", *(round(100_000 * value) for value in profiles.DISPLAY_P3)))
GAMA = {exponent: chunk(b"gAMA", struct.pack(">I", round(100_000 / exponent))) for exponent in (1.0, 1.8, 2.2, 2.3)}


def png_with(*chunks: bytes) -> Pixels:
    return read(before_idat(encoded(picture(), "PNG"), *chunks))


@pytest.mark.parametrize(("chunks", "profile"), [
    ([CICP_P3], P3),
    ([ICCP_ADOBE], ADOBE),
    ([CHRM_P3], P3),
    ([CHRM_P3, GAMA[2.2]], P3),
    ([GAMA[1.8]], PROFILES["sRGB primaries, gamma 1.8"]),
    ([GAMA[1.0], CHRM_P3], profiles.rgb(profiles.DISPLAY_P3, b"curv" + bytes(8))),
    ([GAMA[1.0], SRGB_CHUNK, CHRM_P3], None),
    ([SRGB_CHUNK, ICCP_ADOBE], ADOBE),
    ([ICCP_ADOBE, CICP_P3, SRGB_CHUNK], P3),
    ([CICP_P3, chunk(b"cICP", bytes([1, 13, 0, 1]))], P3),
    ([GAMA[2.2]], None),
    ([GAMA[2.3]], None),
])  # fmt: skip
def test_png_names_its_colours_in_five_ways_of_which_the_first_in_the_standard_s_order_counts(
    chunks: list[bytes], profile: bytes | None
) -> None:
    plain = png_with()
    expected = plain if profile is None else littlecms(plain, profile)
    assert apart(png_with(*chunks), expected) <= (0 if profile is None else 1)


@pytest.mark.parametrize("broken", [
    CICP_P3[:-1] + b"?",  # its checksum
    chunk(b"cICP", bytes([12, 13, 0])),
    chunk(b"cHRM", bytes(32)),
    chunk(b"cHRM", struct.pack(">8I", *[30_000] * 8)),
    chunk(b"cHRM", b"\xff" * 32),
    chunk(b"cHRM", bytes(31)),
    chunk(b"gAMA", bytes(4)),
    chunk(b"gAMA", struct.pack(">I", 1)),
    chunk(b"gAMA", b"\xff\xff\xff\xff"),
    chunk(b"iCCP", b"no zero anywhere"),
    chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE)[:-9]),
    chunk(b"iCCP", b"x\0\1" + zlib.compress(ADOBE)),
    chunk(b"iCCP", b"x\0\0not zlib"),
])  # fmt: skip
def test_broken_colours_of_a_png_mean_srgb(broken: bytes) -> None:
    assert np.array_equal(png_with(broken), png_with())


# --- HEIF's numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("primaries", "transfer", "profile"), [
    (12, 13, P3),
    (12, 1, P3),  # SDR video's curve is shown as sRGB's
    (12, 8, profiles.rgb(profiles.DISPLAY_P3, profiles.gamma(1.0))),
    (1, 13, None),
    (2, 2, None),
    (6, 6, None),  # what libheif 1.17.0 wrote for sRGB
    (9, 16, None),  # PQ: tone mapping is not ours
    (9, 18, None),
])  # fmt: skip
def test_a_heic_without_a_profile_has_the_colours_of_its_numbers(
    primaries: int, transfer: int, profile: bytes | None
) -> None:
    plain = read(heic(picture()))
    found = read(heic(picture(), color_primaries=primaries, transfer_characteristics=transfer))
    assert apart(found, plain if profile is None else littlecms(plain, profile)) <= (0 if profile is None else 1)


def _colr(kind: bytes, body: bytes) -> bytes:
    return box(b"colr", kind, body)


@pytest.mark.parametrize(("grid", "tile", "expected"), [
    ([], [1], Icc(P3)),
    ([2], [1], Icc(P3)),  # 2/2/2: unspecified
    ([3], [1], Icc(P3)),
    ([3], [], CodedColour(9, 13)),
    ([2], [3], CodedColour(9, 13)),
    ([4, 3], [1], Icc(ADOBE)),
    ([], [], None),
])  # fmt: skip
def test_what_a_grid_does_not_say_of_its_colours_its_first_tile_says(
    grid: list[int], tile: list[int], expected: Icc | CodedColour | None
) -> None:
    said = [_colr(b"prof", P3), _colr(b"nclx", bytes([0, 2, 0, 2, 0, 2, 128])),
            _colr(b"nclx", bytes([0, 9, 0, 13, 0, 9, 128])), _colr(b"rICC", ADOBE)]  # fmt: skip
    items = [Item(1, b"grid", properties=grid, parts=[2]), Item(2, b"hvc1", properties=tile)]
    data = bytes(Heif(items, said))
    meta = next(found for found in boxes(data, 0, len(data)) if found.kind == b"meta")
    assert of_primary(data, read_items(data, meta.start, meta.end)) == expected


# --- What is left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_grey_picture_is_converted_by_a_profile_of_grey_and_by_one_of_rgb(format: str) -> None:
    dark = picture().convert("L")
    plain = read(encoded(dark, format))
    for profile in (profiles.grey(profiles.gamma(1.8)), profiles.rgb(profiles.DISPLAY_P3, profiles.gamma(1.8))):
        assert apart(read(encoded(dark, format, icc_profile=profile)), littlecms(plain, profile)) <= 1
        assert apart(read(encoded(dark, format, icc_profile=profile)), plain) > 5


def test_a_profile_of_another_kind_than_the_samples_is_left_out() -> None:
    cmyk = picture().convert("CMYK")
    assert np.array_equal(read(encoded(cmyk, "JPEG", icc_profile=P3)), read(encoded(cmyk, "JPEG")))
    for space in (b"CMYK", b"Lab ", b"GRAY"):
        changed = profiles.profile({b"kTRC": profiles.gamma(1.0)}, space)
        assert np.array_equal(read(WRITERS["JPEG"](changed)), read(encoded(picture(), "JPEG")))


@pytest.mark.parametrize("format", WRITERS)
def test_a_broken_profile_means_srgb(format: str) -> None:
    for broken in (P3[:200], P3.replace(b"acsp", b"none"), b"\xff" * 300):
        assert np.array_equal(read(WRITERS[format](broken)), read(WRITERS[format](SRGBS["sRGB"])))


@pytest.mark.parametrize("format", WRITERS)
def test_a_huge_profile_means_srgb_and_one_of_the_largest_size_is_read(format: str) -> None:
    def padded(size: int) -> bytes:
        return P3 + np.random.default_rng(2).bytes(size - len(P3))  # noise, which zlib cannot shrink

    assert np.array_equal(read(WRITERS[format](padded(MAX_PROFILE_BYTES))), read(WRITERS[format](P3)))
    assert np.array_equal(read(WRITERS[format](padded(MAX_PROFILE_BYTES + 1))), read(WRITERS[format](SRGBS["sRGB"])))


def test_a_profile_that_grows_when_inflated_is_huge_too() -> None:
    grown = chunk(b"iCCP", b"x\0\0" + zlib.compress(P3 + bytes(MAX_PROFILE_BYTES)))
    assert len(grown) < 2_000
    assert np.array_equal(png_with(grown), png_with())


def test_of_a_profile_that_grows_no_more_is_inflated_than_would_be_read() -> None:
    body = b"x\0\0" + zlib.compress(P3 + bytes(32 * MAX_PROFILE_BYTES))
    tracemalloc.start()
    assert of_png([(b"iCCP", body)]) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_PROFILE_BYTES
