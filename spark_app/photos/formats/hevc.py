"""HEVC: sizes and pictures by its own headers, and whether all coded bytes arrived.

ITU-T H.265, 7.3, inside ISO/IEC 14496-15.
"""

from collections.abc import Iterator

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.bits import MAX_BYTES, Bits
from spark_app.photos.formats.boxes import number
from spark_app.photos.formats.coded import CodedFrame, CodedPicture
from spark_app.photos.formats.picture import PhotoRefused

MAX_UNITS = 4096  # of one item; no level allows a picture more than 600 slices

_SPS = 33
_CODED = 32  # unit types below this one hold pixels
_GAP = b"\0\0\0"  # forbidden inside a unit (7.4.2), so these bytes never arrived


def configured(data: bytes, begin: int, end: int) -> tuple[CodedFrame, ...]:
    """Return the frame of each sequence parameter set in the body of an `hvcC` box; raises `PhotoRefused`."""
    if number(data, begin + 21, 1) & 3 != 3:
        raise PhotoRefused(
            Rejection.UNSUPPORTED_FORMAT, "HEVC units whose length is not of 4 bytes"
        )  # the only length that libheif reads
    frames, at, units = [], begin + 23, 0
    for _ in range(data[begin + 22]):
        kind, count = number(data, at, 1) & 0x3F, number(data, at + 1, 2)
        at, units = at + 3, units + count
        if units > MAX_UNITS:
            raise PhotoRefused(Rejection.BOMB, f"HEVC configuration with more than {MAX_UNITS} units")
        for _ in range(count):
            start = at + 2
            at = start + number(data, at, 2)
            if at > end:
                raise PhotoRefused(Rejection.CORRUPT, "HEVC configuration ends inside a unit")
            if kind == _SPS:
                frames.append(_frame(data[start:at]))
    return tuple(frames)


def coded(data: bytes, begin: int, end: int) -> CodedPicture:
    """Walk the units in the bytes of an item; raises `PhotoRefused` where some of them never arrived."""
    frames, units, headers = 0, 0, []
    for start, stop in _units(data, begin, end):
        units += 1
        kind = data[start] >> 1 & 0x3F
        if kind == _SPS:
            headers.append(_frame(data[start:stop]))
        elif kind < _CODED:
            if data.find(_GAP, start, stop) >= 0:
                raise PhotoRefused(Rejection.TRUNCATED, "HEVC picture with a gap of zeros: part of it never arrived")
            frames += data[start + 2] >> 7 if stop - start > 2 else 0  # first_slice_segment_in_pic_flag
    return CodedPicture(frames, tuple(headers), units)


def _units(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    position = begin
    for _ in range(MAX_UNITS):
        if position == end:
            return
        start = position + 4
        length = int.from_bytes(data[position:start])
        position = start + length
        if not length or position > end:
            raise PhotoRefused(Rejection.TRUNCATED, "HEVC picture ends inside a unit")
        yield start, position
    raise PhotoRefused(Rejection.BOMB, f"HEVC picture with more than {MAX_UNITS} units")


def _frame(unit: bytes) -> CodedFrame:
    """Read a sequence parameter set up to its bit depth (7.3.2.2)."""
    bits = Bits(unit[: 2 * MAX_BYTES].replace(b"\0\0\3", b"\0\0"))
    bits.read(16 + 4)
    layers = bits.read(3)
    bits.read(1)
    _skip_profile(bits, layers)
    bits.exponential()
    chroma = bits.exponential()
    if chroma == 3:
        bits.read(1)
    width, height = bits.exponential(), bits.exponential()
    if bits.read(1):
        for _ in range(4):
            bits.exponential()
    return CodedFrame(width, height, min(chroma, 3), 8 + max(bits.exponential(), bits.exponential()))


def _skip_profile(bits: Bits, layers: int) -> None:
    """Skip `profile_tier_level()` (7.3.3)."""
    bits.read(96)
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    bits.read(2 * (8 - layers) if layers else 0)
    for profile, level in present:
        bits.read(88 * profile + 8 * level)
