"""What a HEIC or AVIF may cost: each guard holds under lowered limits, and its red twin shows what it is for.

The files are small and every decoder reads them in milliseconds. A file of the same make with large numbers would keep
a decoder busy for minutes, or fill its memory: that is what is counted before one is asked.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import Item, box, ispe
from infra.samples.files.hevc_headers import resized
from infra.samples.files.hostile_heic import CLAP, SIDE, coded, coded_avif, grid, simple, simple_avif
from infra.samples.files.stills import FORMATS, TEN_BITS, tiled, veiled
from spark_app.photos.formats import heif
from spark_app.photos.images import Decoded, PhotoLimits, Rejected, decode

AREA = SIDE * SIDE


def _repeated(format: str) -> bytes:
    """A grid of 16 times the same tile, of which a crop shows one pixel."""
    return bytes(tiled(format, 4, 4, crop=CLAP))


def _veiled(format: str) -> bytes:
    """A transparency that is four times as large as its picture."""
    return veiled(format, claimed=2 * SIDE)


def _several(format: str) -> bytes:
    """One item that holds its picture three times: a decoder works through them all and shows one."""
    if format == "heic":
        _, pixels = coded()
        return bytes(simple(items=[Item(1, b"hvc1", 3 * pixels, (1, 2))]))
    _, pixels = coded_avif()
    return bytes(simple_avif(items=[Item(1, b"av01", 3 * pixels, (1, 2))]))


PIXELS: dict[str, tuple[Callable[[str], bytes], int]] = {
    "tiles of a grid": (_repeated, 16 * AREA),
    "transparency": (_veiled, 5 * AREA),
    "pictures of one item": (_several, 3 * AREA),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", PIXELS)
def test_all_pixels_that_a_decoder_works_through_are_counted(name: str, format: str) -> None:
    build, pixels = PIXELS[name]
    data = build(format)
    assert heif.inspect(data).price.pixels == pixels
    setting = f"{format}_pixels"
    refused = decode(data, 64, replace(PhotoLimits(), **{setting: pixels - 1}))
    assert isinstance(refused, Rejected)
    assert refused.code in (Rejection.BOMB, Rejection.TOO_MANY_PIXELS)


def test_the_red_twin_a_repeated_tile_is_decoded_where_it_may() -> None:
    for format in FORMATS:
        answer = decode(bytes(tiled(format, 4, 4)), 64, replace(PhotoLimits(), **{f"{format}_pixels": 16 * AREA}))
        assert isinstance(answer, Decoded), answer


def test_a_size_is_priced_by_the_codec_where_the_container_calls_it_less() -> None:
    called = [resized(coded()[0], 512, 512), ispe(SIDE, SIDE)]
    for properties in (called, called[:1]):
        assert heif.inspect(bytes(simple(properties=properties))).price.pixels == 512 * 512
    answer = decode(bytes(simple(properties=called)), 64, PhotoLimits(heic_pixels=512 * 512 - 1))
    assert isinstance(answer, Rejected)
    assert answer.code is Rejection.BOMB


def test_a_size_in_the_coded_bytes_counts_as_one_in_the_configuration_does() -> None:
    """Units of a sequence parameter set may stand before the pixels too, and the last one is in force."""
    configuration, pixels = coded()
    large = resized(configuration, 512, 512)
    begin = large.index(b"\x42\1", 31)
    length = int.from_bytes(large[begin - 2 : begin])
    inside = length.to_bytes(4) + large[begin : begin + length] + pixels
    assert heif.inspect(bytes(simple(items=[Item(1, b"hvc1", inside, (1, 2))]))).price.pixels == 512 * 512


def test_a_frame_of_an_avif_may_claim_a_size_of_its_own() -> None:
    """`frame_size_override_flag`: then the most that its bits can say is what it costs (AV1 specification, 5.9.5)."""
    at = TEN_BITS.index(b"\x32\x4d") + 2
    assert heif.inspect(TEN_BITS).price.pixels == 64 * 48
    flagged = {heif.inspect(TEN_BITS[:at] + bytes([bits]) + TEN_BITS[at + 1 :]).price.pixels for bits in range(256)}
    assert flagged == {64 * 48, 64 * 64}


def test_more_pixels_than_we_read_is_no_attack_where_container_and_codec_agree() -> None:
    for format in FORMATS:
        answers = [
            decode(data, 64, replace(PhotoLimits(), **{f"{format}_pixels": 1})) for data in _honest_and_not(format)
        ]
        assert [answer.code for answer in answers if isinstance(answer, Rejected)] == [
            Rejection.TOO_MANY_PIXELS,
            Rejection.TOO_MANY_PIXELS,
            Rejection.BOMB,
            Rejection.BOMB,
        ]


def _honest_and_not(format: str) -> list[bytes]:
    plain = simple() if format == "heic" else simple_avif()
    claims = [plain.properties[0], ispe(1_000, 1_000)]
    narrow = grid(4, 4, SIDE, SIDE)
    wasted = tiled(format, 4, 4)
    wasted = replace(wasted, items=[replace(wasted.items[0], data=narrow, properties=(2,)), *wasted.items[1:]])
    return [bytes(plain), bytes(tiled(format, 4, 4)), bytes(replace(plain, properties=claims)), bytes(wasted)]


def test_bytes_that_tiles_share_are_walked_once() -> None:
    """Encoders store equal tiles once. Overlapping ones, of which each is walked, may not be more than the file."""
    for format in FORMATS:
        shared = bytes(tiled(format, 8, 8))
        assert len(shared) < 64 * len(coded()[1])
        assert isinstance(decode(shared, 64), Decoded)


def test_a_file_may_have_many_boxes_behind_its_picture() -> None:
    assert isinstance(decode(bytes(simple()) + box(b"free") * 10_000, 64), Decoded)
