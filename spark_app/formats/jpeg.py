"""JPEG: walk the segments up to the first scan and keep those that make pixels (ITU-T T.81, annex B)."""

import re
import struct
from collections.abc import Iterator
from dataclasses import replace

from infra.contracts.rejections import Rejection
from spark_app.formats.colour import of_jpeg
from spark_app.formats.exif import UPRIGHT, orientation
from spark_app.formats.picture import Picture, Refused

MAX_SEGMENTS = 4096  # a 16 MB extended XMP takes 256; millions of tiny ones are an attack on the parser

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_DHT, _DQT, _DRI = 0xC4, 0xDB, 0xDD
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])  # TEM, RSTn and SOI have no length
_PROGRESSIVE = 0xC2
_READ = frozenset([0xC0, 0xC1, _PROGRESSIVE])  # Huffman coding only: baseline, extended, progressive
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}  # every SOFn
_NEEDED = frozenset([_DHT, _DQT, _DRI, _SOS]) | _FRAMES
_MARKER = re.compile(rb"\xff([^\x00\xff])")  # skips padding and junk, as libjpeg does


def is_jpeg(data: bytes) -> bool:
    """Tell a JPEG by its first three bytes."""
    return data.startswith(b"\xff\xd8\xff")


def inspect(data: bytes) -> Picture:
    """Read the header of a JPEG; raises `Refused`.

    The picture's bytes hold no EXIF, XMP, ICC, MPF or comment of the header: an MPO is read as its first picture.
    """
    kept = [b"\xff\xd8"]
    frame: tuple[int, bytes] | None = None
    upright = UPRIGHT
    profile: list[tuple[int, int]] = []
    body = end = 0
    for marker, body, end in _segments(data):
        if marker in _FRAMES:
            if frame:
                raise Refused(Rejection.CORRUPT, "JPEG with two frame headers")
            frame = marker, data[body:end]
        if marker == _APP1 and upright == UPRIGHT and data[body : body + 6] == b"Exif\0\0":
            upright = orientation(data[body + 6 : end])
        if marker == _APP2:
            profile.append((body, end))
        if _makes_pixels(marker, data, body):
            kept.append(data[body - 4 : end])
    if frame is None:
        raise Refused(Rejection.CORRUPT, "JPEG scan without a frame header")
    kept.append(data[end:])
    scans = data.count(b"\xff\xda", body - 4)  # inside coded pixels, FF is always followed by 00
    picture = _picture(b"".join(kept), *frame, scan=data[body:end], scans=scans, upright=upright)
    return replace(picture, colour=of_jpeg(data, profile))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of the body of each segment up to and including the first start of scan."""
    position = 2
    for _ in range(MAX_SEGMENTS):
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
        position = body - 2 + length
        if length < 2:
            raise Refused(Rejection.CORRUPT, "JPEG segment of impossible length")
        if position > len(data):
            raise Refused(Rejection.TRUNCATED, "JPEG ends inside a header segment")
        yield marker, body, position
        if marker == _SOS:
            return
    raise Refused(Rejection.BOMB, f"JPEG with more than {MAX_SEGMENTS} header segments")


def _makes_pixels(marker: int, data: bytes, body: int) -> bool:
    """Tell whether a decoder needs the segment: JFIF and Adobe say how to read the colours, no other APPn does."""
    if marker == _APP0:
        return data[body : body + 5] == b"JFIF\0"
    if marker == _APP14:
        return data[body : body + 5] == b"Adobe"
    return marker in _NEEDED


def _picture(data: bytes, marker: int, frame: bytes, *, scan: bytes, scans: int, upright: int) -> Picture:
    """Check the frame header and price the decode: several scans keep every coefficient (2 bytes) in memory."""
    if marker not in _READ:
        raise Refused(Rejection.UNSUPPORTED_FORMAT, f"JPEG coding process SOF{marker - 0xC0}")
    if len(frame) < 6 or len(frame) != 6 + 3 * frame[5]:
        raise Refused(Rejection.CORRUPT, "JPEG frame header of impossible length")
    precision, height, width, components = struct.unpack_from(">BHHB", frame)
    if precision != 8 or components not in (1, 3, 4):
        raise Refused(Rejection.UNSUPPORTED_FORMAT, f"JPEG with {components} components of {precision} bits")
    samplings = [(byte >> 4, byte & 15) for byte in frame[7::3]]
    if not width or not height or not scan or any(not 1 <= s <= 4 for sampling in samplings for s in sampling):
        raise Refused(Rejection.CORRUPT, "JPEG frame or scan header with impossible values")
    if marker != _PROGRESSIVE and scan[0] == components:
        return Picture(data, width, height, upright)
    largest = max(h for h, _ in samplings) * max(v for _, v in samplings)
    coefficients = width * height * sum(h * v for h, v in samplings) // largest
    return Picture(data, width, height, upright, working_bytes=2 * coefficients, passes=scans)
