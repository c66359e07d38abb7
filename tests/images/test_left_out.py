"""What a photo may hold and we do not read: each is documented in `docs/reading-photos.md`."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from spark_app.images import Decoded, decode
from tests.images.containers import after_soi, find_segment, segment
from tests.images.sources import encoded, heic, picture
from tests.images.test_orientation import tiff

SIZE = 64


def _swapped() -> bytes:
    """Return a colour profile in which red and blue have changed places: nobody who applies it can fail to show it."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return plain.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")


def _pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    answer = decode(data, SIZE)
    assert isinstance(answer, Decoded), answer
    return answer.pixels


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_a_colour_profile_is_not_applied(format: str) -> None:
    profile = {"icc_profile": _swapped()}
    if format == "HEIC":
        plain, profiled = heic(picture()), heic(picture(), **profile)
    else:
        plain, profiled = encoded(picture(), format), encoded(picture(), format, **profile)
    assert profile["icc_profile"][-200:] in profiled or format == "PNG"  # PNG compresses it
    assert np.array_equal(_pixels(plain), _pixels(profiled))


def test_the_red_twin_the_profile_would_change_every_colour() -> None:
    swapped = ImageCms.ImageCmsProfile(io.BytesIO(_swapped()))
    applied = ImageCms.profileToProfile(picture(), swapped, ImageCms.createProfile("sRGB"))
    assert applied is not None
    assert np.abs(np.asarray(applied, int) - np.asarray(picture(), int)).mean() > 10


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
