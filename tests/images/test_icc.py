"""Profiles of primaries and curves are read as LittleCMS reads them, and what is broken means sRGB."""

import struct

import numpy as np
import pytest
from PIL import ImageCms

from infra.samples.files import profiles
from infra.samples.files.profiles import PROFILES, SRGBS, apart, littlecms
from spark_app.photos.colour import Pixels, to_xyz, transform_for
from spark_app.photos.formats.colour import Icc

P3 = PROFILES["Display P3"]
COLOURS: Pixels = np.random.default_rng(1).integers(0, 256, (128, 128, 3), dtype=np.uint8)


def converted(pixels: Pixels, profile: bytes) -> Pixels:
    transform = transform_for(Icc(profile), "RGB")
    return pixels if transform is None else transform(pixels)


@pytest.mark.parametrize(("name", "points"), [
    ("Display P3", profiles.DISPLAY_P3), ("Adobe RGB", profiles.ADOBE_RGB), ("ProPhoto RGB", profiles.PROPHOTO),
])  # fmt: skip
def test_primaries_give_the_colorants_that_published_profiles_have(name: str, points: tuple[float, ...]) -> None:
    assert np.abs(to_xyz(points).ravel() - profiles.COLORANTS[name]).max() < 1e-4


@pytest.mark.parametrize("name", PROFILES)
def test_a_converted_pixel_is_within_a_code_of_littlecms(name: str) -> None:
    ours = converted(COLOURS, PROFILES[name])
    assert apart(ours, littlecms(COLOURS, PROFILES[name])) <= 1
    assert apart(ours, COLOURS) > 10


@pytest.mark.parametrize("curve", [
    profiles.gamma(1.8), profiles.table([0, 0.1, 0.4, 1]), profiles.table([0.02, 0.5, 0.98]), profiles.SRGB_CURVE,
    b"curv" + bytes(8), profiles.parametric(0, 1.8), profiles.parametric(1, 1.8, 1.1, -0.1),
    profiles.parametric(2, 1.8, 0.9, -0.05, 0.1), profiles.parametric(4, 1.8, 0.95, 0.05, 0.4, 0.1, 0.001, 0.0),
])  # fmt: skip
def test_every_kind_of_curve_is_read_as_littlecms_reads_it(curve: bytes) -> None:
    ours = converted(COLOURS, profiles.rgb(profiles.DISPLAY_P3, curve))
    assert apart(ours, littlecms(COLOURS, profiles.rgb(profiles.DISPLAY_P3, curve))) <= 1


@pytest.mark.parametrize("name", SRGBS)
def test_a_profile_that_is_srgb_by_its_numbers_changes_no_bit(name: str) -> None:
    assert converted(COLOURS, SRGBS[name]) is COLOURS


def test_the_srgb_profile_of_littlecms_changes_no_bit() -> None:
    written = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert converted(COLOURS, written) is COLOURS


def test_grey_stays_grey_and_white_stays_white_in_every_space() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    for profile in PROFILES.values():
        found = converted(greys, profile).astype(int)
        assert np.ptp(found, axis=2).max() <= 1
        assert found[0, 255].tolist() == [255, 255, 255]
        assert found[0, 0].tolist() == [0, 0, 0]


def _without(profile: bytes, tag: bytes) -> bytes:
    return profile.replace(tag, b"none", 1)


def _moved(profile: bytes, tag: bytes, offset: int, size: int) -> bytes:
    at = profile.index(tag) + 4
    return profile[:at] + struct.pack(">II", offset, size) + profile[at + 8 :]


def _patched(profile: bytes, at: int, new: bytes) -> bytes:
    return profile[:at] + new + profile[at + len(new) :]


RED = to_xyz(profiles.DISPLAY_P3)[:, 0].tolist()
BROKEN = {
    "no bytes": b"",
    "its first half": P3[: len(P3) // 2],
    "its header": P3[:128],
    "no signature": P3.replace(b"acsp", b"none"),
    "a class that is no device's": _patched(P3, 12, b"link"),
    "a connection over Lab": _patched(P3, 20, b"Lab "),
    "a million tags": _patched(P3, 128, struct.pack(">I", 1_000_000)),
    "no red": _without(P3, b"rXYZ"),
    "no curve of blue": _without(P3, b"bTRC"),
    "a colour beyond its end": _moved(P3, b"gXYZ", 2**32 - 1, 20),
    "a colour of no bytes": _moved(P3, b"gXYZ", 200, 0),
    "a curve of too many points": _patched(P3, P3.index(b"para"), b"curv" + struct.pack(">II", 0, 2**31)),
    "a curve of an unknown kind": P3.replace(b"para", b"wave"),
    "a formula that does not exist": P3.replace(b"para" + bytes(4) + b"\0\3", b"para" + bytes(4) + b"\0\7"),
    "a formula without bounds": profiles.rgb(profiles.DISPLAY_P3, profiles.parametric(0, -30_000.0)),
    "a formula without a slope": profiles.rgb(profiles.DISPLAY_P3, profiles.parametric(1, 1.0, 0.0, 0.0)),
    "a curve that falls": profiles.rgb(profiles.DISPLAY_P3, profiles.table([1, 0])),
    "a curve that is black": profiles.rgb(profiles.DISPLAY_P3, profiles.table([0, 0])),
    "colours that make no white": P3.replace(profiles.xyz(*RED), profiles.xyz(0.9, 0.2, 0.0)),
    "colours far apart": profiles.profile({
        b"rXYZ": profiles.xyz(300.0, 0.0, 0.0), b"gXYZ": profiles.xyz(-299.0357, 1.0, 0.0),
        b"bXYZ": profiles.xyz(0.0, 0.0, 0.8249), b"rTRC": profiles.gamma(1.0), b"gTRC": profiles.gamma(1.0),
        b"bTRC": profiles.gamma(1.0),
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_profile_means_srgb(name: str) -> None:
    assert converted(COLOURS, BROKEN[name]) is COLOURS
    assert converted(COLOURS, P3) is not COLOURS


def test_whatever_is_flipped_in_a_profile_a_photo_stays_a_photo() -> None:
    chance = np.random.default_rng(3)
    for _ in range(300):
        mutant = bytearray(P3)
        for at in chance.integers(0, len(P3), 3):
            mutant[at] = chance.integers(0, 256)
        transform = transform_for(Icc(bytes(mutant)), "RGB")
        assert transform is None or transform(COLOURS).shape == COLOURS.shape
