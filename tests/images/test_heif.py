"""HEIC and AVIF as phones, browsers and old encoders really write them."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image, _avif

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import Item
from infra.samples.files.hostile_heic import SIDE
from infra.samples.files.sources import encoded, heic, picture
from infra.samples.files.stills import FORMATS, TEN_BITS, WHOLE, ten_bits, tiled, turned, veiled
from spark_app.photos.formats import heif
from spark_app.photos.images import Decoded, Rejected, decode

SIZE = 64
TRAILERS = [b"\n", b"text", *(bytes(count) for count in range(1, 8)), b"\0\0\0\x64SEFHe\0\0\0 a maker's trailer SEFT"]

BRANDS = [(b"mif1",), (b"mif1", b"miaf"), (b"msf1",), (b"heic",), (b"avif",), (b"avis", b"msf1")]


def _photo(format: str, **options: object) -> bytes:
    return heic(picture(640, 480), **options) if format == "heic" else encoded(picture(640, 480), "AVIF", **options)


def _decoded(data: bytes, size: int = SIZE) -> Decoded:
    answer = decode(data, size)
    assert isinstance(answer, Decoded), answer
    return answer


def _code(data: bytes) -> Rejection | None:
    answer = decode(data, SIZE)
    return answer.code if isinstance(answer, Rejected) else None


def test_a_heic_without_its_size_property_is_read_at_the_size_that_its_codec_says() -> None:
    whole = _photo("heic")
    without = whole.replace(b"ispe", b"free")
    answer = _decoded(without)
    assert (answer.width, answer.height) == (640, 480)
    assert np.array_equal(answer.pixels, _decoded(whole).pixels)
    assert heif.inspect(without).price.pixels == heif.inspect(whole).price.pixels == 640 * 480


def test_the_red_twin_libheif_knows_no_size_of_it_before_it_has_decoded() -> None:
    photo = pillow_heif.open_heif(_photo("heic").replace(b"ispe", b"free"))
    assert photo.size == (0, 0)
    assert photo.data is not None
    assert photo.size == (640, 480)


def test_a_grid_without_its_size_property_is_refused_by_name() -> None:
    assert _code(_photo("heic", tile_size=128).replace(b"ispe", b"free")) is Rejection.CORRUPT


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 3), (3, 0)])
def test_no_picture_of_no_pixels_is_ever_decoded(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        Decoded(np.zeros((1, 1, 3), np.uint8), width, height, "jpeg")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("options", [{}, {"tile_size": 128}], ids=["one", "tiles"])
def test_a_heic_whose_rest_is_zeros_is_truncated(options: dict[str, object], share: float) -> None:
    _assert_a_gap_is_seen(_photo("heic", **options), share)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("transparent", [False, True])
def test_an_avif_whose_rest_is_zeros_is_truncated(transparent: bool, share: float) -> None:
    image = picture(640, 480).copy()
    if transparent:
        image.putalpha(picture(640, 480).convert("L"))
    _assert_a_gap_is_seen(encoded(image, "AVIF"), share)


def _assert_a_gap_is_seen(whole: bytes, share: float) -> None:
    begin = whole.index(b"mdat") + 4
    kept = begin + int(share * (len(whole) - begin))
    assert _code(whole) is None
    assert _code(whole[:kept].ljust(len(whole), b"\0")) is Rejection.TRUNCATED
    middle = (kept + len(whole)) // 2
    assert _code(whole[:kept] + bytes(middle - kept) + whole[middle:]) is Rejection.TRUNCATED


def test_the_red_twin_libheif_alone_reads_half_a_picture_without_a_word() -> None:
    whole = _photo("heic")
    half = whole[: (whole.index(b"mdat") + len(whole)) // 2].ljust(len(whole), b"\0")
    assert pillow_heif.open_heif(half).data is not None


def test_the_red_twin_libavif_alone_reads_most_of_a_picture_without_a_word() -> None:
    whole = _photo("avif")
    most = whole[: whole.index(b"mdat") + 9 * (len(whole) - whole.index(b"mdat")) // 10].ljust(len(whole), b"\0")
    assert _avif.AvifDecoder(most, "auto", 1).get_frame(0)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("colour", ["black", "white", "green"])
def test_a_picture_of_one_colour_is_no_gap(format: str, colour: str) -> None:
    flat = Image.new("RGB", (1_024, 768), colour)
    assert _code(heic(flat) if format == "heic" else encoded(flat, "AVIF")) is None
    assert _code(heic(flat, quality=-1) if format == "heic" else encoded(flat, "AVIF", quality=100)) is None


@pytest.mark.parametrize("trailer", TRAILERS, ids=repr)
@pytest.mark.parametrize("format", FORMATS)
def test_bytes_behind_the_last_box_are_no_concern_of_the_picture(format: str, trailer: bytes) -> None:
    whole = _photo(format)
    assert np.array_equal(_decoded(whole + trailer).pixels, _decoded(whole).pixels)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_stored_behind_the_pixels_may_be_missing(format: str) -> None:
    note = Item(2, b"Exif", bytes(500), describes=[1])
    whole = bytes(WHOLE[format](items=[*WHOLE[format]().items, note]))
    assert _code(whole[:-100]) is None
    assert _code(whole[:-501]) is Rejection.TRUNCATED


@pytest.mark.parametrize(
    "brands", [(b"mif1",), (b"mif1", b"miaf"), (b"msf1",), (b"heic",), (b"avif",), (b"avis", b"msf1")]
)
@pytest.mark.parametrize("format", FORMATS)
def test_the_type_of_the_item_decides_and_not_the_brand(format: str, brands: tuple[bytes, ...]) -> None:
    answer = _decoded(bytes(WHOLE[format](brands=(brands[0], *brands))))
    assert answer.format == format
    assert np.array_equal(answer.pixels, _decoded(bytes(WHOLE[format]())).pixels)


@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_is_turned_and_mirrored_as_its_standard_says(format: str, quarters: int, mirror: int | None) -> None:
    """ISO/IEC 23008-12:2022: 6.5.10 turns against the clock; in 6.5.12, 0 swaps top and bottom, 1 left and right."""
    plain, answer = _decoded(bytes(WHOLE[format]())), _decoded(turned(format, quarters, mirror))
    expected = np.rot90(plain.pixels, quarters)
    if mirror is not None:
        expected = expected[::-1] if mirror == 0 else expected[:, ::-1]
    assert np.abs(expected.astype(int) - answer.pixels).mean() < 1
    assert np.abs(plain.pixels.astype(int) - answer.pixels).mean() > 15 or (quarters, mirror) == (0, None)


@pytest.mark.parametrize("format", FORMATS)
def test_a_grid_is_put_together_out_of_its_tiles(format: str) -> None:
    answer = _decoded(bytes(tiled(format, 3, 2)), size=SIDE)
    assert (answer.format, answer.width, answer.height) == (format, 3 * SIDE, 2 * SIDE)
    tile = Image.fromarray(_decoded(bytes(WHOLE[format]()), size=SIDE).pixels)
    whole = Image.new("RGB", (3 * SIDE, 2 * SIDE))
    for place in range(6):
        whole.paste(tile, (place % 3 * SIDE, place // 3 * SIDE))
    reference = np.asarray(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC), int)
    assert np.abs(reference - answer.pixels).mean() < 1


@pytest.mark.parametrize("format", FORMATS)
def test_transparency_is_laid_over_white(format: str) -> None:
    plain, answer = _decoded(bytes(WHOLE[format]())), _decoded(veiled(format))
    assert answer.pixels.mean() > plain.pixels.mean()


def test_an_avif_of_ten_bits_with_a_full_header_is_read() -> None:
    answer = _decoded(TEN_BITS)
    assert (answer.format, answer.width, answer.height) == ("avif", 64, 48)
    reference = np.asarray(Image.fromarray(ten_bits()).resize((SIZE, SIZE), Image.Resampling.BICUBIC), int)
    assert np.abs(reference - answer.pixels).mean() < 4
    assert heif.inspect(TEN_BITS).price.pixels == 64 * 48


def test_of_an_animated_avif_the_still_picture_is_read_and_priced() -> None:
    frames = [picture().transpose(turn) for turn in (Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM)]
    film, still = encoded(picture(), "AVIF", save_all=True, append_images=frames), encoded(picture(), "AVIF")
    assert film[8:12] == b"avis"
    assert np.abs(_decoded(film).pixels.astype(int) - _decoded(still).pixels).mean() < 2
    assert heif.inspect(film).price.pixels == heif.inspect(still).price.pixels
    assert _avif.AvifDecoder(heif.inspect(film).data, "auto", 1).get_info()[1] == 1  # of three


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [25, 96, 160])
def test_shrinking_band_by_band_is_shrinking_at_once(format: str, size: int) -> None:
    data = heic(picture(1_201, 899)) if format == "heic" else encoded(picture(1_201, 899), "AVIF", speed=10)
    whole = pillow_heif.open_heif(data).to_pillow() if format == "heic" else Image.open(io.BytesIO(data))
    reference = whole.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
    assert np.array_equal(_decoded(data, size).pixels, np.asarray(reference))


def test_no_decoder_is_shown_metadata_thumbnails_or_other_pictures() -> None:
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\0"
    photo = heic(picture(640, 480), exif=block, xmp=b"<x/>", thumbnails=[128])
    seen, bare = (pillow_heif.open_heif(data).info for data in (photo, heif.inspect(photo).data))
    assert (bool(seen["exif"]), bool(seen.get("xmp")), len(seen["thumbnails"])) == (True, True, 1)
    assert (bool(bare["exif"]), bool(bare.get("xmp")), len(bare["thumbnails"])) == (False, False, 0)
    avif = encoded(picture(), "AVIF", exif=b"Exif\0\0" + block[6:] + bytes(20), xmp=b"<x/>")
    seen, bare = (_avif.AvifDecoder(data, "auto", 1).get_info() for data in (avif, heif.inspect(avif).data))
    assert [field is not None for field in (seen[4], seen[6])] == [True, True]
    assert [field is not None for field in (bare[4], bare[6])] == [False, False]
