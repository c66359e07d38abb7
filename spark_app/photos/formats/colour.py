"""The colour space that a container states: bytes and numbers, not yet interpreted. None stands for sRGB.

Colours never decide whether a photo is usable: a broken, contradictory or huge statement is ignored and means sRGB.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MAX_PROFILE_BYTES = 128 * 1024
"""A profile of primaries and curves takes 0.5 to 30 KB; a larger one holds tables that we do not read."""

MAX_COLOUR_CHUNK = MAX_PROFILE_BYTES + 100  # of a PNG: the profile, its name and the frame of the chunk

_PNG_PRECEDENCE = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")  # W3C PNG, third edition, 4.3
PNG_COLOURS = frozenset(_PNG_PRECEDENCE)
_UNSPECIFIED = (2, 2)  # ITU-T H.273, tables 2 and 3
_ICC_CHUNK = b"ICC_PROFILE\0"


@dataclass(frozen=True, slots=True)
class Icc:
    """An ICC profile of at most `MAX_PROFILE_BYTES`."""

    profile: bytes


@dataclass(frozen=True, slots=True)
class CodedColour:
    """Colour primaries and transfer characteristics by their numbers in ITU-T H.273."""

    primaries: int
    transfer: int


@dataclass(frozen=True, slots=True)
class MeasuredColour:
    """Gamma and chromaticities as PNG stores them, in 1/100,000."""

    gamma: int | None
    """The exponent from light to samples: 45,455 for a display of gamma 2.2."""
    chromaticities: tuple[int, ...] | None
    """x and y of white, red, green and blue."""


Colour = Icc | CodedColour | MeasuredColour


def of_profile(profile: bytes) -> Icc | None:
    """Return a profile unless it is empty or huge."""
    return Icc(profile) if 0 < len(profile) <= MAX_PROFILE_BYTES else None


def of_jpeg(data: bytes, bodies: Sequence[tuple[int, int]]) -> Icc | None:
    """Join the profile from the APP2 segments whose bodies begin and end there (ICC.1:2022, annex B.4).

    Each body holds a number, a count and a part. Like libjpeg, this ignores a profile with a part that is missing,
    doubled or counted differently.
    """
    found = [(begin, end) for begin, end in bodies if data.startswith(_ICC_CHUNK, begin) and end - begin >= 14]
    if sum(end - begin - 14 for begin, end in found) > MAX_PROFILE_BYTES:
        return None
    parts = {data[begin + 12]: data[begin + 14 : end] for begin, end in found}
    numbers = list(range(1, len(found) + 1))
    if sorted(parts) != numbers or any(data[begin + 13] != len(found) for begin, _ in found):
        return None
    return of_profile(b"".join(parts[number] for number in numbers))


def of_png(chunks: Sequence[tuple[bytes, bytes]]) -> Colour | None:
    """Return the colour space of PNG chunks, given as type and body; the first of a type counts."""
    bodies = dict(reversed(chunks))
    kind = next((kind for kind in _PNG_PRECEDENCE if kind in bodies), None)
    if kind == b"cICP":
        return CodedColour(bodies[kind][0], bodies[kind][1]) if len(bodies[kind]) == 4 else None
    if kind == b"iCCP":
        return _inflated(bodies[kind])
    if kind in (b"gAMA", b"cHRM"):
        gamma, points = bodies.get(b"gAMA", b""), bodies.get(b"cHRM", b"")
        return MeasuredColour(
            int.from_bytes(gamma) if len(gamma) == 4 else None,
            struct.unpack(">8I", points) if len(points) == 32 else None,
        )
    return None


def _inflated(body: bytes) -> Icc | None:
    """Inflate the profile of an `iCCP` chunk (name, zero, method 0, zlib stream), to `MAX_PROFILE_BYTES` at most."""
    name, _, rest = body.partition(b"\0")
    if not 1 <= len(name) <= 79 or rest[:1] != b"\0":
        return None
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(rest[1:], MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return None
    return of_profile(profile) if inflater.eof else None


def of_colr(bodies: Sequence[bytes]) -> Colour | None:
    """Return the colour space of `colr` boxes by their bodies (ISO/IEC 14496-12, 12.1.5): a profile before numbers."""
    profiles = [body[4:] for body in bodies if body[:4] in (b"prof", b"rICC")]
    if profiles:
        return of_profile(profiles[0])
    numbers = [struct.unpack_from(">HH", body, 4) for body in bodies if body[:4] == b"nclx" and len(body) >= 8]
    return next((CodedColour(*pair) for pair in numbers if pair != _UNSPECIFIED), None)
