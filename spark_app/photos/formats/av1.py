"""AV1: sizes and frames by its own headers, and whether all coded bytes arrived (AV1 specification, 5.3 to 5.9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.bits import Bits
from spark_app.photos.formats.coded import HALVED, MONOCHROME, CodedFrame, CodedPicture
from spark_app.photos.formats.picture import PhotoRefused

MAX_UNITS = 4096  # of one item; a still picture has two or three

_SEQUENCE, _FRAME_HEADER, _TILES, _FRAME = 1, 3, 4, 6
_RESERVED = 0
_SELECT = 2  # SELECT_…: each frame header has its own value
_KEY, _SWITCH = 0, 3
_GAP = bytes(16)  # coded pixels look random: one file of 60 MB in 5 * 10**30 holds so many zeros by chance


@dataclass(frozen=True, slots=True)
class _Sequence:
    """The fields of a sequence header that are needed to read the sizes of its frames."""

    frame: CodedFrame
    override: CodedFrame
    """The largest frame that a frame header with its own size can claim."""
    reduced: bool
    """`reduced_still_picture_header`: the one frame has the size of the sequence."""
    clock_bits: int
    """Bits of `frame_presentation_time` in the header of a shown frame; 0 without it."""
    identity_bits: int
    """Bits of `current_frame_id`; 0 without it."""
    screen_content: int
    """`seq_force_screen_content_tools`."""
    integer_motion: int
    """`seq_force_integer_mv`."""


def configured(data: bytes, begin: int, end: int) -> tuple[CodedFrame, ...]:
    """Return the frame of each sequence header in the body of an `av1C` box; raises `PhotoRefused`."""
    return coded(data, begin + 4, end).headers


def coded(data: bytes, begin: int, end: int) -> CodedPicture:
    """Walk the units in the bytes of an item; raises `PhotoRefused` where some of them never arrived."""
    frames, units, headers = 0, 0, []
    sequence: _Sequence | None = None
    for kind, start, stop in _units(data, begin, end):
        units += 1
        if kind == _SEQUENCE:
            sequence = _sequence(Bits(data[start : min(stop, start + 256)]))
            headers.append(sequence.frame)
        elif kind in (_FRAME, _FRAME_HEADER):
            frames += 1
            if sequence and _overrides(Bits(data[start : min(stop, start + 256)]), sequence):
                headers.append(sequence.override)
        if kind in (_FRAME, _TILES) and data.find(_GAP, start, stop) >= 0:
            raise PhotoRefused(Rejection.TRUNCATED, "AV1 picture with a gap of zeros: part of it never arrived")
    return CodedPicture(frames, tuple(headers), units)


def _units(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the type of each unit, and begin and end of its payload (5.3)."""
    position = begin
    for _ in range(MAX_UNITS):
        if position >= end:
            return
        header = data[position]
        kind, start = header >> 3 & 15, position + 1 + (header >> 2 & 1)
        if kind == _RESERVED:
            raise PhotoRefused(Rejection.TRUNCATED, "AV1 picture goes on with zeros: part of it never arrived")
        length, start = _leb128(data, start, end) if header & 2 else (end - start, start)
        position = start + length
        if position > end or length < 0:
            raise PhotoRefused(Rejection.TRUNCATED, "AV1 picture ends inside a unit")
        yield kind, start, position
    raise PhotoRefused(Rejection.BOMB, f"AV1 picture with more than {MAX_UNITS} units")


def _leb128(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number stored in 7 bits of each byte, lowest first, and where it ends (4.10.5)."""
    value = 0
    for place in range(8):
        if at + place >= end:
            break
        value |= (data[at + place] & 0x7F) << 7 * place
        if data[at + place] < 0x80:
            return value, at + place + 1
    raise PhotoRefused(Rejection.TRUNCATED, "AV1 picture ends inside a unit")


def _sequence(bits: Bits) -> _Sequence:
    """Read a sequence header (5.5)."""
    profile = bits.read(3)
    bits.read(1)  # still_picture
    reduced = bool(bits.read(1))
    clock_bits = 0
    if reduced:
        bits.read(5)
    else:
        clock_bits = _operating_points(bits)
    across, down = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(across) + 1, bits.read(down) + 1
    identity_bits = 0
    if not reduced and bits.read(1):
        delta = bits.read(4) + 2
        identity_bits = delta + bits.read(3) + 1
    bits.read(3)  # superblocks, filter_intra, intra_edge_filter
    screen_content, integer_motion = (_SELECT, _SELECT) if reduced else _tools(bits)
    bits.read(3)  # superres, cdef, restoration
    chroma, depth = _colours(bits, profile)
    frame = CodedFrame(width, height, chroma, depth)
    override = CodedFrame(1 << across, 1 << down, chroma, depth)
    return _Sequence(frame, override, reduced, clock_bits, identity_bits, screen_content, integer_motion)


def _operating_points(bits: Bits) -> int:
    """Skip timing and operating points (5.5.1); return the bits of a frame's presentation time."""
    clock_bits = delays = model = 0
    if bits.read(1):
        bits.read(64)
        steady = bits.read(1)
        if steady:
            bits.variable()
        model = bits.read(1)
        if model:
            delays = bits.read(5) + 1
            bits.read(32 + 5)
            clock_bits = 0 if steady else bits.read(5) + 1
            bits.read(5 if steady else 0)
    initial = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)
        if model and bits.read(1):
            bits.read(2 * delays + 1)
        if initial and bits.read(1):
            bits.read(4)
    return clock_bits


def _tools(bits: Bits) -> tuple[int, int]:
    """Skip the coding tools; return the settings of screen content and of whole-pixel motion."""
    bits.read(4)  # interintra, masked, warped, dual_filter
    ordered = bits.read(1)
    bits.read(2 * ordered)
    screen_content = _SELECT if bits.read(1) else bits.read(1)
    integer_motion = _SELECT
    if screen_content:
        integer_motion = _SELECT if bits.read(1) else bits.read(1)
    bits.read(3 * ordered)
    return screen_content, integer_motion


def _colours(bits: Bits, profile: int) -> tuple[int, int]:
    """Read `color_config` (5.5.2); return the chroma format and the bits of a sample."""
    deep = bits.read(1)
    depth = 12 if deep and profile == 2 and bits.read(1) else 10 if deep else 8
    if profile != 1 and bits.read(1):
        return MONOCHROME, depth
    described = bits.read(24) if bits.read(1) else 0
    if described == 0x010D00 or profile == 1:  # BT.709 primaries, sRGB transfer, identity matrix: RGB
        return 3, depth
    if profile == 0:
        return HALVED, depth
    bits.read(1)  # color_range
    if depth < 12:
        return 2, depth
    halved_across = bits.read(1)
    return (3 if not halved_across else HALVED if bits.read(1) else 2), depth


def _overrides(bits: Bits, sequence: _Sequence) -> bool:
    """Return whether a frame has its own size, by `frame_size_override_flag` (5.9.2)."""
    if sequence.reduced or bits.read(1):
        return False
    kind, shown = bits.read(2), bits.read(1)
    bits.read(sequence.clock_bits if shown else 1)
    if kind == _SWITCH:
        return True
    if not (kind == _KEY and shown):
        bits.read(1)  # error_resilient_mode
    bits.read(1)  # disable_cdf_update
    screen_content = bits.read(1) if sequence.screen_content == _SELECT else sequence.screen_content
    if screen_content and sequence.integer_motion == _SELECT:
        bits.read(1)
    bits.read(sequence.identity_bits)
    return bool(bits.read(1))
