"""What a photo may hold and we do not read: each is documented in `docs/reading-photos.md`."""

import numpy as np
from PIL import Image

from infra.samples.files.containers import after_soi, find_segment, segment
from infra.samples.files.harmless import tiff
from infra.samples.files.profiles import PROFILES
from infra.samples.files.sources import encoded, picture
from spark_app.photos.images import Decoded, decode

SIZE = 64


def _pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    answer = decode(data, SIZE)
    assert isinstance(answer, Decoded), answer
    return answer.pixels


def test_a_colour_space_that_only_exif_tells_is_not_seen() -> None:
    plain = encoded(picture(), "JPEG", quality=95)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF  # ColorSpace: uncalibrated, as Adobe RGB by DCF's option
    told = encoded(picture(), "JPEG", quality=95, exif=exif)
    assert b"\xa0\x01\0\x03" in told.replace(b"\x01\xa0\x03\0", b"\xa0\x01\0\x03")
    assert np.array_equal(_pixels(told), _pixels(plain))
    named = encoded(picture(), "JPEG", quality=95, icc_profile=PROFILES["Adobe RGB"])
    assert not np.array_equal(_pixels(named), _pixels(plain))


def test_a_cmyk_jpeg_is_read_as_adobe_writes_it_whatever_its_markers_say() -> None:
    adobe = encoded(picture().convert("CMYK"), "JPEG", quality=95)
    begin, end = find_segment(adobe, 0xEE)
    assert np.array_equal(_pixels(adobe), _pixels(adobe[:begin] + adobe[end:]))


def test_of_an_animated_webp_the_first_frame_is_read() -> None:
    first, second = picture(), picture().transpose(Image.Transpose.ROTATE_180)
    film = encoded(first, "WEBP", save_all=True, append_images=[second], lossless=True)
    assert np.array_equal(_pixels(film), _pixels(encoded(first, "WEBP", lossless=True)))


def test_an_orientation_that_only_xmp_tells_is_not_seen() -> None:
    plain = encoded(picture(), "JPEG", quality=95)
    told = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="6"/>'
    assert np.array_equal(_pixels(after_soi(plain, segment(0xE1, told))), _pixels(plain))
    assert not np.array_equal(_pixels(after_soi(plain, segment(0xE1, b"Exif\0\0" + tiff(6)))), _pixels(plain))
