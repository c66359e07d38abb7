"""Colours as the network knows them: from a photo's colour space into sRGB, on the small square (pure).

Relative colorimetric, as a viewer shows a photo: white stays white, what sRGB cannot show is clipped. The network was
trained on photos read as sRGB, and a photo that is sRGB, by name or by its numbers, is left as it is to the bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spark_app.photos.formats.colour import Coded, Colour, Icc, Measured
from spark_app.photos.icc import D50, BrokenError, Floats, Shaper, read

Pixels = npt.NDArray[np.uint8]

NEAR = 2
"""A space none of whose colours is further from sRGB's, in codes of 0 to 255, is sRGB: profiles round differently."""

WIDE = 2.0
"""Of 45 real photos converted on the small square, one of BT.2020 (2.3) was below 0.999 and none of Adobe RGB (1.8)."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""ICC.1:2022, annex E: cone responses, in which white is adapted."""
_D65 = (0.3127, 0.3290)
BT709 = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES = {  # ITU-T H.273, table 2: white, red, green, blue. Those of SD video (4 to 8, 22) are read as BT.709's
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
}
_GAMMAS = {
    4: 2.2,
    5: 2.8,
    8: 1.0,
}  # ITU-T H.273, table 3; SDR video's (1, 6, 14, 15) are shown with sRGB's curve
_HDR = frozenset([16, 18])  # PQ and HLG: to be shown they must be tone-mapped first

_SAMPLES = np.arange(256) / 255
_STEPS, _BIAS = 13_000, 27_000
"""Light is counted in 1/13,000 of white, from -27,000: three counts of 16 bits lie side by side in one number."""
_LANES = np.array([0, 16, 32])


def srgb_light(samples: Floats) -> Floats:
    """Return the light, 0 to 1, of sRGB's samples (IEC 61966-2-1)."""
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def _srgb_samples(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


_LIGHT = srgb_light(_SAMPLES)
_ENCODE: Pixels = np.rint(255 * _srgb_samples(np.clip((np.arange(65536) - _BIAS) / _STEPS, 0, 1))).astype(np.uint8)


def to_xyz(chromaticities: Sequence[float]) -> Floats:
    """Return the matrix (3, 3) from light to XYZ over D50, for x and y of white, red, green and blue.

    Lindbloom, "RGB/XYZ matrices" and "Chromatic adaptation" (Bradford), which is how ICC profiles are made.

    Raises:
        ValueError: the points span no triangle, or one has no light.
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
    """What turns a picture into sRGB."""

    tables: npt.NDArray[np.int64]
    """(3, 256): what a sample of red, green and blue adds to the light of all three in sRGB."""
    gain: float
    """How many times a step of the samples' light can be as large in sRGB: 1.5 for Display P3, 3.1 for ProPhoto."""

    @property
    def wide(self) -> bool:
        """Whether what a resize rounds away would be seen: then colours must be converted before its last step."""
        return self.gain > WIDE

    def __call__(self, pixels: Pixels) -> Pixels:
        """Convert `(height, width, 3)` uint8; the answer is a new array, within a code of LittleCMS' answer."""
        flat = pixels.reshape(-1, 3)
        light = self.tables[0].take(flat[:, 0])
        light += self.tables[1].take(flat[:, 1])
        light += self.tables[2].take(flat[:, 2])
        converted = np.empty_like(flat)
        for channel in range(3):  # each count as the integers that `take` looks up by: others it would copy
            converted[:, channel] = _ENCODE.take(light & 0xFFFF)
            light >>= 16
        return converted.reshape(pixels.shape)


def transform_for(colour: Colour | None, mode: str) -> Transform | None:
    """Return what turns a picture into sRGB; None: nothing, as it is sRGB or its colours are not understood.

    `mode` is Pillow's name of its samples: CMYK is left as it is, and so is what has a profile of another kind.
    """
    if colour is None or mode == "CMYK":
        return None
    return understood(colour, grey=mode in ("1", "L", "LA") or mode.startswith("I"))


@lru_cache(maxsize=16)
def understood(colour: Colour, grey: bool) -> Transform | None:
    """Return what turns a picture of grey or of RGB into sRGB, None as above; phones send one of few profiles."""
    shaper = _shaper(colour)
    if shaper is None or (shaper.grey and not grey) or not _rises(shaper.curves):
        return None
    mixing = _FROM_XYZ @ (to_xyz(BT709) if shaper.grey else shaper.to_xyz)
    light = _STEPS * mixing.T[:, np.newaxis, :] * shaper.curves[:, :, np.newaxis]  # from channel, sample, to channel
    lowest, highest = light.min(axis=1).sum(axis=0).min(), light.max(axis=1).sum(axis=0).max()
    if lowest < 3 - _BIAS or highest > 65532 - _BIAS:  # would spill over into the neighbour
        return None
    counts = np.rint(light).astype(np.int64)
    counts[0] += _BIAS
    transform = Transform((counts << _LANES).sum(axis=2), float(np.abs(mixing).sum(axis=1).max()))
    return None if _near(transform) else transform


def _rises(curves: Floats) -> bool:
    """Tell whether each curve leads from black to white: one that does not would make a picture unlike the photo."""
    return bool((np.diff(curves) >= -0.01).all() and (curves[:, 0] <= 0.2).all() and (curves[:, 255] >= 0.8).all())


def _near(transform: Transform) -> bool:
    """Tell whether greys and a grid of colours stay where they are."""
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 255, 9).astype(np.uint8)] * 3), axis=-1)
    colours = np.concatenate([greys, grid.ravel()]).reshape(1, -1, 3)
    return bool(np.abs(transform(colours).astype(int) - colours).max() <= NEAR)


def _shaper(colour: Colour) -> Shaper | None:
    """Understand what a container says; None means sRGB."""
    if isinstance(colour, Icc):
        try:
            return read(colour.profile)
        except BrokenError:
            return None
    return _coded(colour) if isinstance(colour, Coded) else _measured(colour)


def _coded(colour: Coded) -> Shaper | None:
    if colour.transfer in _HDR:
        return None
    curve = _SAMPLES ** _GAMMAS[colour.transfer] if colour.transfer in _GAMMAS else _LIGHT
    return Shaper(False, np.stack([curve] * 3), to_xyz(_PRIMARIES.get(colour.primaries, BT709)))


def _measured(colour: Measured) -> Shaper | None:
    """Understand gAMA and cHRM: 45,455, give or take libpng's 5 %, is how writers of PNG say sRGB's curve."""
    exponent = 100_000 / colour.gamma if colour.gamma else 0.0
    plain = not 1 / 4 <= exponent <= 4 or abs(exponent - 2.2) <= 0.05 * 2.2
    curve = _LIGHT if plain else _SAMPLES**exponent
    points = [value / 100_000 for value in colour.chromaticities] if colour.chromaticities else BT709
    try:
        return Shaper(False, np.stack([curve] * 3), to_xyz(points))
    except ValueError:
        return None
