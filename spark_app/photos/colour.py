"""Convert a photo from its colour space to sRGB, which the network was trained on; on the small square (pure).

Relative colorimetric, as a viewer shows a photo: white stays white, and colours outside sRGB are clipped. A photo that
is sRGB, by name or by its numbers, keeps every bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spark_app.photos.formats.colour import CodedColour, Colour, Icc, MeasuredColour
from spark_app.photos.icc import D50, BrokenProfileError, Floats, Shaper, read

Pixels = npt.NDArray[np.uint8]

NEAR = 2
"""A space whose colours differ from sRGB's by at most this (codes of 0 to 255) is sRGB: profiles round differently."""

WIDE = 2.0
"""Gain above which a space is wide. Of 45 real photos converted on the small square, features of one in BT.2020 (gain
2.3) fell below a cosine of 0.999, and of none in Adobe RGB (1.8)."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""From XYZ to cone responses, in which white is adapted (ICC.1:2022, annex E)."""
_D65 = (0.3127, 0.3290)
BT709 = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES = {  # x and y of white, red, green, blue: ITU-T H.273, table 2. SD video's (4 to 8, 22) are read as BT.709's
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
_GAMMAS = {
    4: 2.2,
    5: 2.8,
    8: 1.0,
}  # ITU-T H.273, table 3; SDR video's (1, 6, 14, 15) are read with sRGB's curve
_HDR = frozenset([16, 18])  # PQ and HLG: they need tone mapping before they can be shown

_SAMPLES = np.arange(256) / 255
_STEPS, _BIAS = 13_000, 27_000
"""Light is counted in 1/13,000 of white, from -27,000, so that three counts of 16 bits fit into one number."""
_LANES = np.array([0, 16, 32])


def srgb_light(samples: Floats) -> Floats:
    """Return the light (0 to 1) of sRGB samples (0 to 1), by IEC 61966-2-1."""
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def _srgb_samples(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


_LIGHT = srgb_light(_SAMPLES)
_ENCODE: Pixels = np.rint(255 * _srgb_samples(np.clip((np.arange(65536) - _BIAS) / _STEPS, 0, 1))).astype(np.uint8)


def to_xyz(chromaticities: Sequence[float]) -> Floats:
    """Return the matrix (3, 3) from light to XYZ over D50, for x and y of white, red, green and blue.

    Method: Lindbloom, "RGB/XYZ matrices" and "Chromatic adaptation" (Bradford), as for ICC profiles.

    Raises:
        ValueError: the points span no triangle, or a y is not positive.
    """
    if min(chromaticities[1::2]) <= 0:
        raise ValueError("a colour without light")
    white, *columns = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in np.reshape(chromaticities, (4, 2)))
    primaries = np.stack(columns, axis=1)
    if abs(np.linalg.det(primaries)) < 1e-6:
        raise ValueError("three colours on one line")
    scaled = primaries * np.linalg.solve(primaries, white)
    cones = (_BRADFORD @ D50) / (_BRADFORD @ white)
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ scaled)


_FROM_XYZ = np.linalg.inv(to_xyz(BT709))


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """A conversion of pixels to sRGB."""

    tables: npt.NDArray[np.int64]
    """(3, 256): what each sample of red, green and blue adds to the three counts of light in sRGB."""
    gain: float
    """By how much a step of light can grow in sRGB: 1.5 times for Display P3, 3.1 times for ProPhoto."""

    @property
    def wide(self) -> bool:
        """Whether the rounding of a resize would show: then colours must be converted before its last step."""
        return self.gain > WIDE

    def __call__(self, pixels: Pixels) -> Pixels:
        """Convert `(height, width, 3)` uint8 into a new array, at most one code from LittleCMS' result."""
        flat = pixels.reshape(-1, 3)
        light = self.tables[0].take(flat[:, 0])
        light += self.tables[1].take(flat[:, 1])
        light += self.tables[2].take(flat[:, 2])
        converted = np.empty_like(flat)
        for channel in range(3):  # counts stay int64: `take` would copy other index types
            converted[:, channel] = _ENCODE.take(light & 0xFFFF)
            light >>= 16
        return converted.reshape(pixels.shape)


def transform_for(colour: Colour | None, mode: str) -> Transform | None:
    """Return the conversion of a picture to sRGB; None where it is sRGB, or its colours are not understood.

    `mode` is Pillow's mode of the picture: CMYK stays as it is, and so does a picture with the profile of another kind.
    """
    if colour is None or mode == "CMYK":
        return None
    return srgb_transform(colour, grey=mode in ("1", "L", "LA") or mode.startswith("I"))


@lru_cache(maxsize=16)
def srgb_transform(colour: Colour, grey: bool) -> Transform | None:
    """Return the conversion of a grey or RGB picture to sRGB, None as above. Cached: phones use few profiles."""
    shaper = _shaper(colour)
    if shaper is None or (shaper.grey and not grey) or not _all_rise(shaper.curves):
        return None
    mixing = _FROM_XYZ @ (to_xyz(BT709) if shaper.grey else shaper.to_xyz)
    # axes: from channel, sample, to channel
    light = _STEPS * mixing.T[:, np.newaxis, :] * shaper.curves[:, :, np.newaxis]
    lowest, highest = light.min(axis=1).sum(axis=0).min(), light.max(axis=1).sum(axis=0).max()
    if lowest < 3 - _BIAS or highest > 65532 - _BIAS:  # a count would overflow into its neighbour
        return None
    counts = np.rint(light).astype(np.int64)
    counts[0] += _BIAS
    transform = Transform((counts << _LANES).sum(axis=2), float(np.abs(mixing).sum(axis=1).max()))
    return None if _is_nearly_srgb(transform) else transform


def _all_rise(curves: Floats) -> bool:
    """Return whether each curve rises from black to white: any other would distort the photo."""
    return bool((np.diff(curves) >= -0.01).all() and (curves[:, 0] <= 0.2).all() and (curves[:, 255] >= 0.8).all())


def _is_nearly_srgb(transform: Transform) -> bool:
    """Return whether greys and a grid of colours change by at most `NEAR` codes."""
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 255, 9).astype(np.uint8)] * 3), axis=-1)
    colours = np.concatenate([greys, grid.ravel()]).reshape(1, -1, 3)
    return bool(np.abs(transform(colours).astype(int) - colours).max() <= NEAR)


def _shaper(colour: Colour) -> Shaper | None:
    """Return the curves and the matrix of a colour space; None means sRGB."""
    if isinstance(colour, Icc):
        try:
            return read(colour.profile)
        except BrokenProfileError:
            return None
    return _coded(colour) if isinstance(colour, CodedColour) else _measured(colour)


def _coded(colour: CodedColour) -> Shaper | None:
    if colour.transfer in _HDR:
        return None
    curve = _SAMPLES ** _GAMMAS[colour.transfer] if colour.transfer in _GAMMAS else _LIGHT
    return Shaper(False, np.stack([curve] * 3), to_xyz(_PRIMARIES.get(colour.primaries, BT709)))


def _measured(colour: MeasuredColour) -> Shaper | None:
    """Interpret gAMA and cHRM. Writers of PNG say 45,455 for sRGB's curve; like libpng, allow 5 %."""
    exponent = 100_000 / colour.gamma if colour.gamma else 0.0
    plain = not 1 / 4 <= exponent <= 4 or abs(exponent - 2.2) <= 0.05 * 2.2
    curve = _LIGHT if plain else _SAMPLES**exponent
    points = [value / 100_000 for value in colour.chromaticities] if colour.chromaticities else BT709
    try:
        return Shaper(False, np.stack([curve] * 3), to_xyz(points))
    except ValueError:
        return None
