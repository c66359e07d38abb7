"""JPEG: walk the segments and scans of one picture, and keep those that make pixels (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import of_jpeg
from spark_app.photos.formats.exif import UPRIGHT, orientation
from spark_app.photos.formats.jpeg_frame import Coverage, JpegFrame, Scan, frame_of, scan_of
from spark_app.photos.formats.picture import PhotoRefused, Picture, without_zeros

MAX_SEGMENTS = 4096  # an extended XMP of 16 MB takes 256; millions of tiny ones attack the parser

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_DHT, _DQT, _DRI = 0xC4, 0xDB, 0xDD
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])  # TEM, RSTn and SOI have no length
_SKIPPED = frozenset([*range(_APP0, 0xF0), _COM])  # like libjpeg, allow a length below 2, which skips nothing
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}  # every SOFn
_NEEDED = frozenset([_DHT, _DQT, _DRI, _SOS]) | _FRAMES
_MARKER = re.compile(rb"\xff([^\x00\xff])")  # like libjpeg, skip padding and junk
_PORTION = 1 << 17  # of coded pixels: it stays in a core's own cache while it is looked at


@dataclass(frozen=True, slots=True)
class Jpeg(Picture):
    """A JPEG's picture. `data` ends with the first scan header; coded pixels are not copied."""

    scans: tuple[Scan, ...] = ()
    whole: bool = True
    """Whether the scans together hold every bit of every component."""


@dataclass(slots=True)
class _Section:
    """The segments before a scan."""

    kept: list[bytes] = field(default_factory=list)
    frame: JpegFrame | None = None
    orientation: int | None = None
    profile: list[tuple[int, int]] = field(default_factory=list)
    """Begin and end of the body of each APP2 segment."""
    interval: int | None = None
    """MCUs between restart markers."""
    scan: bytes = b""
    end: int = 0
    """Where the coded pixels begin."""


def is_jpeg(data: bytes) -> bool:
    """Return whether the first three bytes are a JPEG's."""
    return data.startswith(b"\xff\xd8\xff")


def inspect(data: bytes) -> Jpeg:
    """Read the segments of a JPEG up to the end of its picture; raises `PhotoRefused`.

    No EXIF, XMP, ICC, MPF or comment is kept. Nothing behind the picture is read: an MPO gives its first picture, a
    motion photo gives no film. The end marker may be missing, as in Samsung's panoramas.
    """
    budget = iter(range(MAX_SEGMENTS))
    header = _section(data, 2, budget)
    if header.frame is None:
        raise PhotoRefused(Rejection.CORRUPT, "JPEG scan without a frame header")
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
                raise PhotoRefused(Rejection.CORRUPT, "JPEG with two frame headers")
            section.frame = frame_of(marker, data[body:end])
        if marker == _DRI:
            section.interval = int.from_bytes(data[body:end])
        if marker == _APP1 and section.orientation is None and data[body : body + 6] == b"Exif\0\0":
            section.orientation = orientation(data[body + 6 : end])
        if marker == _APP2:
            section.profile.append((body, end))
        if _makes_pixels(marker, data, body):
            section.kept.append(data[body - 4 : end])
        section.scan, section.end = data[body:end], end
    return section


def _following(data: bytes, position: int, budget: Iterator[int]) -> _Section | None:
    """Return the segments before the next scan; None where the picture ends, whatever follows it."""
    try:
        section = _section(data, position, budget)
    except PhotoRefused as refused:
        if refused.code is Rejection.BOMB:
            raise
        return None
    return None if section.frame else section


def _segments(data: bytes, position: int, budget: Iterator[int]) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of the body of each segment up to and including the next start of scan."""
    for _ in budget:
        found = _MARKER.search(data, position)
        if found is None or found.end() + 2 > len(data):
            raise PhotoRefused(Rejection.TRUNCATED, "JPEG ends before its first scan")
        marker, body = data[found.start() + 1], found.end() + 2
        if marker in _STANDALONE:
            position = found.end()
            continue
        if marker == _EOI or marker < 0xC0:
            raise PhotoRefused(Rejection.CORRUPT, f"JPEG marker {marker:#04x} before the first scan")
        length = data[body - 2] << 8 | data[body - 1]
        if length < 2 and marker not in _SKIPPED:
            raise PhotoRefused(Rejection.CORRUPT, "JPEG segment of impossible length")
        position = body - 2 + max(length, 2)
        if position > len(data):
            raise PhotoRefused(Rejection.TRUNCATED, "JPEG ends inside a header segment")
        yield marker, body, position
        if marker == _SOS:
            return
    raise PhotoRefused(Rejection.BOMB, f"JPEG with more than {MAX_SEGMENTS} header segments")


def _scan_end(data: bytes, begin: int) -> int:
    """Return where coded pixels end: at the next marker, or else at the last byte of the file that is not zero.

    In coded pixels 00, a restart number or padding follows FF. numpy finds what does not in a third of the time of a
    regular expression.
    """
    coded = np.frombuffer(data, np.uint8)
    for first in range(begin, len(data), _PORTION):
        after = coded[first + 1 : first + 1 + _PORTION]
        at = np.flatnonzero((coded[first : first + len(after)] == 0xFF) & (after != 0))
        code = after[at]
        ends = at[(code != 0xFF) & ((code < 0xD0) | (code > 0xD7))]
        if ends.size:
            return first + int(ends[0])
    return without_zeros(data, begin, len(data))


def _makes_pixels(marker: int, data: bytes, body: int) -> bool:
    """Return whether a decoder needs the segment. Of the APPn, only JFIF and Adobe say how to read the colours."""
    if marker == _APP0:
        return data[body : body + 5] == b"JFIF\0"
    if marker == _APP14:
        return data[body : body + 5] == b"Adobe"
    return marker in _NEEDED
