"""Reads ICC profiles of primaries and curves, in bounds and without a colour engine (ICC.1:2022).

A profile is a stranger's bytes: each offset is checked against the file, each count against the size of its tag.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_TAGS = 100  # as LittleCMS has it; a display's profile holds about 15

D50 = np.array([0.9642, 1.0, 0.8249])  # ICC.1:2022, 7.2.16: the white of the connection space
_TOLERANCE = np.array([0.02, 0.02, 0.04])
"""How far red, green and blue together may be from white. Firefox (qcms) takes profiles beyond it for bogus."""

_DEVICES = frozenset([b"mntr", b"scnr", b"prtr", b"spac"])  # classes that describe pictures, 7.2.5
_SAMPLES = np.arange(256) / 255
_PARAMETERS = (1, 3, 4, 5, 7)  # of each parametric curve, table 68


class BrokenError(Exception):
    """The profile cannot be read, or not by us."""


@dataclass(frozen=True, slots=True, eq=False)
class Shaper:
    """Curves, then a matrix."""

    grey: bool
    """The profile is one of grey pictures, of one curve; `to_xyz` says nothing then."""
    curves: Floats
    """(3, 256), 0 to 1: light for each of 256 samples of red, green and blue."""
    to_xyz: Floats
    """(3, 3), columns are red, green and blue: light to XYZ, white being D50."""


def read(profile: bytes) -> Shaper:
    """Read a profile of RGB by matrix and curves, or of grey by a curve.

    Raises:
        BrokenError: it is broken, or of a kind that is not read (CMYK, tables alone, Lab).
    """
    try:
        return _read(profile)
    except (struct.error, ValueError, IndexError) as error:
        raise BrokenError(f"profile ends inside a field: {error}") from error


def _read(profile: bytes) -> Shaper:
    size, kind, space, connection = struct.unpack_from(">I8x4s4s4s", profile)
    if profile[36:40] != b"acsp" or size > len(profile) or kind not in _DEVICES or connection != b"XYZ ":
        raise BrokenError("not a profile of pictures over XYZ")
    tags = _tags(profile)
    if space == b"GRAY":
        return Shaper(True, np.stack([_curve(_tag(tags, b"kTRC"))] * 3), np.diag(D50))
    if space != b"RGB ":
        raise BrokenError(f"a profile of {space!r}")
    to_xyz = np.stack([_xyz(_tag(tags, name)) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    if (np.abs(to_xyz.sum(axis=1) - D50) > _TOLERANCE).any():
        raise BrokenError("red, green and blue make no white")
    return Shaper(False, np.stack([_curve(_tag(tags, name)) for name in (b"rTRC", b"gTRC", b"bTRC")]), to_xyz)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the tags we read, 7.3; the first of a name counts."""
    wanted = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC")
    (count,) = struct.unpack_from(">I", profile, 128)
    if count > MAX_TAGS:
        raise BrokenError(f"{count} tags")
    found: dict[bytes, bytes] = {}
    for number in range(count):
        name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        if name in wanted and name not in found:
            if offset + size > len(profile):
                raise BrokenError("a tag beyond the profile")
            found[name] = profile[offset : offset + size]
    return found


def _tag(tags: dict[bytes, bytes], name: bytes) -> bytes:
    if name not in tags:
        raise BrokenError(f"no tag {name!r}")
    return tags[name]


def _xyz(tag: bytes) -> Floats:
    """Read XYZType, 10.31: three numbers of s15Fixed16."""
    if tag[:4] != b"XYZ ":
        raise BrokenError("a colour that is not XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Floats:
    """Return the light, 0 to 1, of each of 256 samples: curveType, 10.6, or parametricCurveType, 10.18."""
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise BrokenError("a curve of an unknown type")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return _SAMPLES
    if count == 1:
        return np.asarray(_SAMPLES ** (struct.unpack_from(">H", tag, 12)[0] / 256))
    if 12 + 2 * count > len(tag):
        raise BrokenError("a curve beyond its tag")
    points = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.interp(_SAMPLES, np.linspace(0, 1, count), points)


def _parametric(tag: bytes) -> Floats:
    """Evaluate table 68's functions 0 to 4 as one: Y = (aX + b)^g + e from d on, cX + f below."""
    (function,) = struct.unpack_from(">H", tag, 8)
    if function >= len(_PARAMETERS):
        raise BrokenError(f"parametric curve {function}")
    g, *rest = (value / 65536 for value in struct.unpack_from(f">{_PARAMETERS[function]}i", tag, 12))
    a, b, c, d, e, f = (*rest, 0.0, 0.0, 0.0, 0.0, 0.0)[:6] if rest else (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if function in (1, 2):  # below -b/a they are constant: 0, or the third parameter
        if not a:
            raise BrokenError("parametric curve without a slope")
        c, d, e, f = 0.0, -b / a, (c if function == 2 else 0.0), (c if function == 2 else 0.0)
    with np.errstate(all="ignore"):
        power = np.maximum(a * _SAMPLES + b, 0.0) ** g + e
    light = np.where(d <= _SAMPLES, power, c * _SAMPLES + f)
    if not np.isfinite(light).all():
        raise BrokenError("parametric curve without bounds")
    return np.asarray(np.clip(light, 0.0, 1.0))
