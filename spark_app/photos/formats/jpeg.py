"""JPEG: walk the segments and scans of one picture, and keep what makes pixels (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import of_jpeg
from spark_app.photos.formats.exif import UPRIGHT, told
from spark_app.photos.formats.jpeg_frame import Coverage, Frame, Scan, frame_of, scan_of
from spark_app.photos.formats.picture import Picture, Refused, without_zeros

MAX_SEGMENTS = 4096  # a 16 MB extended XMP takes 256; millions of tiny ones are an attack on the parser

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_DHT, _DQT, _DRI = 0xC4, 0xDB, 0xDD
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])  # TEM, RSTn and SOI have no length
_SKIPPED = frozenset([*range(_APP0, 0xF0), _COM])  # a length below 2 skips nothing, as in libjpeg
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}  # every SOFn
_NEEDED = frozenset([_DHT, _DQT, _DRI, _SOS]) | _FRAMES
_MARKER = re.compile(rb"\xff([^\x00\xff])")  # skips padding and junk, as libjpeg does
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in coded pixels FF is followed by 00, or is a restart or padding


@dataclass(frozen=True, slots=True)
class Jpeg(Picture):
    """A JPEG's picture. `data` is its header, first scan header included; coded pixels stay where they are."""

    scans: tuple[Scan, ...] = ()
    whole: bool = True
    """Whether the scans together say all of every component."""


@dataclass(slots=True)
class _Section:
    """The segments in front of a scan."""

    kept: list[bytes] = field(default_factory=list)
    frame: Frame | None = None
    orientation: int | None = None
    profile: list[tuple[int, int]] = field(default_factory=list)
    """Begin and end of the bodies of APP2 segments."""
    interval: int | None = None
    """MCUs between restart markers."""
    scan: bytes = b""
    end: int = 0
    """Where the coded pixels begin."""


def is_jpeg(data: bytes) -> bool:
    """Tell a JPEG by its first three bytes."""
    return data.startswith(b"\xff\xd8\xff")


def inspect(data: bytes) -> Jpeg:
    """Read the segments of a JPEG up to the end of its picture; raises `Refused`.

    No EXIF, XMP, ICC, MPF or comment is kept, and nothing behind the picture is looked at: an MPO is read as its first
    picture, a motion photo without its film. The end marker is not needed: Samsung's panoramas have none.
    """
    budget = iter(range(MAX_SEGMENTS))
    header = _section(data, 2, budget)
    if header.frame is None:
        raise Refused(Rejection.CORRUPT, "JPEG scan without a frame header")
    frame, coverage = header.frame, Coverage(header.frame)
    scans: list[Scan] = []
    section: _Section | None = header
    interval = whole = 0
    while section and not whole:
        interval = interval if section.interval is None else section.interval
        end = _scan_end(data, section.end)
        scans.append(scan_of(frame, b"".join(section.kept), section.scan, interval, (section.end, end)))
        whole = coverage.add(section.scan)
        section = None if whole else _following(data, end, budget)
    head = b"\xff\xd8" + scans[0].head
    working_bytes = 0 if whole and len(scans) == 1 and not frame.progressive else frame.coefficient_bytes
    upright = header.orientation or UPRIGHT
    size, colour = (frame.width, frame.height), of_jpeg(data, header.profile)
    return Jpeg(head, *size, upright, working_bytes, len(scans), colour, tuple(scans), bool(whole))


def _section(data: bytes, position: int, budget: Iterator[int]) -> _Section:
    section = _Section()
    for marker, body, end in _segments(data, position, budget):
        if marker in _FRAMES:
            if section.frame:
                raise Refused(Rejection.CORRUPT, "JPEG with two frame headers")
            section.frame = frame_of(marker, data[body:end])
        if marker == _DRI:
            section.interval = int.from_bytes(data[body:end])
        if marker == _APP1 and section.orientation is None and data[body : body + 6] == b"Exif\0\0":
            section.orientation = told(data[body + 6 : end])
        if marker == _APP2:
            section.profile.append((body, end))
        if _makes_pixels(marker, data, body):
            section.kept.append(data[body - 4 : end])
        section.scan, section.end = data[body:end], end
    return section


def _following(data: bytes, position: int, budget: Iterator[int]) -> _Section | None:
    """Return what leads to the next scan; None where the picture ends, whatever lies there instead."""
    try:
        section = _section(data, position, budget)
    except Refused as refused:
        if refused.code is Rejection.BOMB:
            raise
        return None
    return None if section.frame else section


def _segments(data: bytes, position: int, budget: Iterator[int]) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of the body of each segment up to and including the next start of scan."""
    for _ in budget:
        found = _MARKER.search(data, position)
        if found is None or found.end() + 2 > len(data):
            raise Refused(Rejection.TRUNCATED, "JPEG ends before its first scan")
        marker, body = data[found.start() + 1], found.end() + 2
        if marker in _STANDALONE:
            position = found.end()
            continue
        if marker == _EOI or marker < 0xC0:
            raise Refused(Rejection.CORRUPT, f"JPEG marker {marker:#04x} before the first scan")
        length = data[body - 2] << 8 | data[body - 1]
        if length < 2 and marker not in _SKIPPED:
            raise Refused(Rejection.CORRUPT, "JPEG segment of impossible length")
        position = body - 2 + max(length, 2)
        if position > len(data):
            raise Refused(Rejection.TRUNCATED, "JPEG ends inside a header segment")
        yield marker, body, position
        if marker == _SOS:
            return
    raise Refused(Rejection.BOMB, f"JPEG with more than {MAX_SEGMENTS} header segments")


def _scan_end(data: bytes, begin: int) -> int:
    """Return where coded pixels end: at the first marker, or else where the file has more than zeros to say."""
    found = _SCAN_END.search(data, begin)
    return found.start() if found else without_zeros(data, begin, len(data))


def _makes_pixels(marker: int, data: bytes, body: int) -> bool:
    """Tell whether a decoder needs the segment: JFIF and Adobe say how to read the colours, no other APPn does."""
    if marker == _APP0:
        return data[body : body + 5] == b"JFIF\0"
    if marker == _APP14:
        return data[body : body + 5] == b"Adobe"
    return marker in _NEEDED
