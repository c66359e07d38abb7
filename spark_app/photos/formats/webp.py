"""WebP: walk the RIFF chunks for the canvas size, the orientation, and the missing part of the picture (RFC 9649)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import Icc, of_profile
from spark_app.photos.formats.exif import UPRIGHT, orientation
from spark_app.photos.formats.picture import PhotoRefused, Picture, without_zeros

MAX_CHUNKS = 16_384  # frames of an animation; we read the first
PIXEL_BYTES = 12
"""Memory for a pixel: two canvases of the decoder and the frame that it returns, 4 bytes each."""

_EXIF_FLAG = 0x08
_ICC_FLAG = 0x20  # RFC 9649, 2.7.1: without it an ICCP chunk does not count
_PICTURES = frozenset([b"VP8 ", b"VP8L", b"ANMF"])
_LEAST_ZEROS = 32
_PIXELS_A_ZERO = 1024  # flat colour is coded in zeros too, at most 1 for 2,900 pixels of half or wholly flat pictures


@dataclass(frozen=True, slots=True)
class Webp(Picture):
    """A WebP's picture, and whether a sliver of it is missing."""

    incomplete: bool = False


def is_webp(data: bytes) -> bool:
    """Return whether the RIFF form type is a WebP's."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def inspect(data: bytes, sliver: float) -> Webp:
    """Read the chunks of a WebP; raises `PhotoRefused`, as where a lossy picture lacks more than `sliver` of its bytes.

    A lossless picture must be complete: missing pixels would get random colours. Bytes after the RIFF form are dropped.
    An EXIF chunk counts only where the header announces it.
    """
    size: tuple[int, int] | None = None
    flagged, lossy, turn, begin, end = False, False, None, 0, 0
    colour: Icc | None = None
    declared = 8 + int.from_bytes(data[4:8], "little")
    for kind, start, stop in _chunks(data, declared):
        if size is None:
            if stop > len(data) and len(data) < start + 10:
                break
            size = _size(kind, data[start : min(stop, len(data))])
            flagged = kind == b"VP8X" and bool(data[start] & _EXIF_FLAG)
        elif kind == b"EXIF" and flagged and turn is None and stop <= len(data):
            tiff = start + 6 if data[start : start + 6] == b"Exif\0\0" else start
            turn = orientation(data[tiff:stop])
        elif kind == b"ICCP" and colour is None and data[12:16] == b"VP8X" and data[20] & _ICC_FLAG:
            colour = of_profile(data[start:stop])
        if kind in _PICTURES and not begin:
            begin, end, lossy = start, stop, kind == b"VP8 "
    if declared > len(data) and not begin:
        raise PhotoRefused(Rejection.TRUNCATED, "WebP ends before its picture")
    if size is None:
        raise PhotoRefused(Rejection.CORRUPT, "WebP without a chunk")
    missing = _missing(data, begin, end, size[0] * size[1])
    if missing > (sliver * (end - begin) if lossy else 0):
        raise PhotoRefused(Rejection.TRUNCATED, f"WebP without {missing} of the {end - begin} bytes of its picture")
    whole = data[:declared] if declared <= len(data) else _ended(data, end)
    working_bytes = PIXEL_BYTES * size[0] * size[1]
    return Webp(whole, *size, turn or UPRIGHT, working_bytes, colour=colour, incomplete=missing > 0)


def _missing(data: bytes, begin: int, end: int, pixels: int) -> int:
    """Return how many bytes of the picture are missing: beyond the file's end, or as more zeros than a picture ends in.

    The decoder takes zeros for pixels and reports nothing.
    """
    there = min(end, len(data))
    zeros = there - without_zeros(data, begin, there)
    return end - there + (zeros if zeros > max(_LEAST_ZEROS, pixels // _PIXELS_A_ZERO) else 0)


def _ended(data: bytes, end: int) -> bytes:
    """Return the file up to the end of its picture, with zeros for what is missing."""
    whole = data[:end].ljust(end + end % 2, b"\0")
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def _chunks(data: bytes, declared: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each chunk, and begin and end of its body; the last one may reach beyond the file."""
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > min(declared, len(data)):
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if start + length > declared:
            raise PhotoRefused(Rejection.CORRUPT, "WebP chunk reaches beyond the file")
        yield kind, start, start + length
        position = start + length + length % 2
    raise PhotoRefused(Rejection.BOMB, f"WebP with more than {MAX_CHUNKS} chunks")


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return the (width, height) of the canvas by the first chunk: lossy, lossless or extended."""
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    raise PhotoRefused(Rejection.CORRUPT, "WebP does not begin with a picture")
