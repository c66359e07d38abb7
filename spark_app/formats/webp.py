"""WebP: walk the RIFF chunks for the canvas size and the orientation (RFC 9649)."""

import struct
from collections.abc import Iterator

from infra.contracts.rejections import Rejection
from spark_app.formats.colour import Icc, of_profile
from spark_app.formats.exif import UPRIGHT, orientation
from spark_app.formats.picture import Picture, Refused

MAX_CHUNKS = 16_384  # frames of an animation, of which we read the first
_ICC_FLAG = 0x20  # RFC 9649, 2.7.1: without it an ICCP chunk does not count


def is_webp(data: bytes) -> bool:
    """Tell a WebP by its RIFF form type."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def inspect(data: bytes) -> Picture:
    """Read the chunks of a WebP; raises `Refused`. Bytes after the RIFF form are dropped."""
    size: tuple[int, int] | None = None
    upright = UPRIGHT
    colour: Icc | None = None
    declared = 8 + int.from_bytes(data[4:8], "little")
    if declared > len(data):
        raise Refused(Rejection.TRUNCATED, "WebP is shorter than its RIFF header says")
    for kind, start, end in _chunks(data, declared):
        if size is None:
            size = _size(kind, data[start:end])
        elif kind == b"EXIF" and upright == UPRIGHT:
            tiff = start + 6 if data[start : start + 6] == b"Exif\0\0" else start
            upright = orientation(data[tiff:end])
        elif kind == b"ICCP" and colour is None and data[12:16] == b"VP8X" and data[20] & _ICC_FLAG:
            colour = of_profile(data[start:end])
    if size is None:
        raise Refused(Rejection.CORRUPT, "WebP without a chunk")
    return Picture(data[:declared], *size, upright, colour=colour)


def _chunks(data: bytes, declared: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of the body of each chunk."""
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > declared:
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if start + length > declared:
            raise Refused(Rejection.CORRUPT, "WebP chunk reaches beyond the file")
        yield kind, start, start + length
        position = start + length + length % 2
    raise Refused(Rejection.BOMB, f"WebP with more than {MAX_CHUNKS} chunks")


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return the canvas size out of the first chunk: lossy, lossless or extended."""
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    raise Refused(Rejection.CORRUPT, "WebP does not begin with a picture")
