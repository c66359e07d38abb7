"""Read ICC profiles of primaries and curves without a colour engine (ICC.1:2022; sections by number).

A profile comes from a stranger: each offset is checked against the profile, each count against the size of its tag.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_TAGS = 100  # the limit of LittleCMS; the profile of a display holds about 15

D50 = np.array([0.9642, 1.0, 0.8249])  # ICC.1:2022, 7.2.16: the white of the connection space
_TOLERANCE = np.array([0.02, 0.02, 0.04])
"""How far the sum of red, green and blue may be from white. Firefox (qcms) calls profiles beyond it bogus."""

_DEVICES = frozenset([b"mntr", b"scnr", b"prtr", b"spac"])  # device classes that describe pictures, 7.2.5
_SAMPLES = np.arange(256) / 255
_PARAMETERS = (1, 3, 4, 5, 7)  # number of parameters of each parametric curve, table 68


class BrokenProfileError(Exception):
    """The profile is broken, or of a kind that we do not read."""


@dataclass(frozen=True, slots=True, eq=False)
class Shaper:
    """A colour space of curves, then a matrix."""

    grey: bool
    """Whether the profile is for grey pictures: one curve, three times; `to_xyz` has no meaning then."""
    curves: Floats
    """(3, 256), 0 to 1: the light of each of 256 samples of red, green and blue."""
    to_xyz: Floats
    """(3, 3), from light to XYZ over white D50; the columns are red, green and blue."""


def read(profile: bytes) -> Shaper:
    """Read a profile of RGB with matrix and curves, or of grey with a curve.

    Raises:
        BrokenProfileError: the profile is broken, or of a kind that we do not read (CMYK, tables alone, Lab).
    """
    try:
        return _read(profile)
    except (struct.error, ValueError, IndexError) as error:
        raise BrokenProfileError(f"profile ends inside a field: {error}") from error


def _read(profile: bytes) -> Shaper:
    size, kind, space, connection = struct.unpack_from(">I8x4s4s4s", profile)
    if profile[36:40] != b"acsp" or size > len(profile) or kind not in _DEVICES or connection != b"XYZ ":
        raise BrokenProfileError("not a profile of pictures over XYZ")
    tags = _tags(profile)
    if space == b"GRAY":
        return Shaper(True, np.stack([_curve(_tag(tags, b"kTRC"))] * 3), np.diag(D50))
    if space != b"RGB ":
        raise BrokenProfileError(f"a profile of {space!r}")
    to_xyz = np.stack([_xyz(_tag(tags, name)) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    if (np.abs(to_xyz.sum(axis=1) - D50) > _TOLERANCE).any():
        raise BrokenProfileError("red, green and blue make no white")
    return Shaper(False, np.stack([_curve(_tag(tags, name)) for name in (b"rTRC", b"gTRC", b"bTRC")]), to_xyz)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tags that we read (7.3); the first of a name counts."""
    wanted = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC")
    (count,) = struct.unpack_from(">I", profile, 128)
    if count > MAX_TAGS:
        raise BrokenProfileError(f"{count} tags")
    found: dict[bytes, bytes] = {}
    for number in range(count):
        name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        if name in wanted and name not in found:
            if offset + size > len(profile):
                raise BrokenProfileError("a tag beyond the profile")
            found[name] = profile[offset : offset + size]
    return found


def _tag(tags: dict[bytes, bytes], name: bytes) -> bytes:
    if name not in tags:
        raise BrokenProfileError(f"no tag {name!r}")
    return tags[name]


def _xyz(tag: bytes) -> Floats:
    """Read an XYZType (10.31): three s15Fixed16 numbers."""
    if tag[:4] != b"XYZ ":
        raise BrokenProfileError("a colour that is not XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Floats:
    """Return the light (0 to 1) of each of 256 samples, by a curveType (10.6) or parametricCurveType (10.18)."""
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise BrokenProfileError("a curve of an unknown type")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _SAMPLES
    if count == 1:
        return np.asarray(_SAMPLES ** (struct.unpack_from(">H", tag, 12)[0] / 256))
    if 12 + 2 * count > len(tag):
        raise BrokenProfileError("a curve beyond its tag")
    points = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.interp(_SAMPLES, np.linspace(0, 1, count), points)


def _parametric(tag: bytes) -> Floats:
    """Evaluate functions 0 to 4 of table 68 as one: Y = (aX + b)^g + e for X >= d, else cX + f."""
    (function,) = struct.unpack_from(">H", tag, 8)
    if function >= len(_PARAMETERS):
        raise BrokenProfileError(f"parametric curve {function}")
    g, *rest = (value / 65536 for value in struct.unpack_from(f">{_PARAMETERS[function]}i", tag, 12))
    a, b, c, d, e, f = (*rest, 0.0, 0.0, 0.0, 0.0, 0.0)[:6] if rest else (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if function in (1, 2):  # below -b/a the function is constant: 0, or the third parameter
        if not a:
            raise BrokenProfileError("parametric curve without a slope")
        c, d, e, f = 0.0, -b / a, (c if function == 2 else 0.0), (c if function == 2 else 0.0)
    with np.errstate(all="ignore"):
        power = np.maximum(a * _SAMPLES + b, 0.0) ** g + e
    light = np.where(d <= _SAMPLES, power, c * _SAMPLES + f)
    if not np.isfinite(light).all():
        raise BrokenProfileError("parametric curve without bounds")
    return np.asarray(np.clip(light, 0.0, 1.0))
