"""PNG: walk the chunks, check those that make pixels and drop all others (W3C PNG, third edition, section 5)."""

import struct
import zlib
from collections.abc import Iterator

from infra.contracts.rejections import Rejection
from spark_app.formats.colour import MAX_COLOUR_CHUNK, PNG_COLOURS, of_png
from spark_app.formats.exif import UPRIGHT, orientation
from spark_app.formats.picture import Picture, Refused

MAX_CHUNKS = 16_384  # 25 MB in the 8 KB IDATs that libpng writes are 3,200; millions of empty ones are an attack

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = frozenset([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"])


def is_png(data: bytes) -> bool:
    """Tell a PNG by its signature."""
    return data.startswith(_SIGNATURE)


def inspect(data: bytes) -> Picture:
    """Read the chunks of a PNG; raises `Refused`.

    The picture's bytes hold no text, profile, EXIF or animation: an APNG is read as its default image.
    """
    kept = [_SIGNATURE]
    upright = UPRIGHT
    colours: list[tuple[bytes, bytes]] = []
    for kind, start, end in _chunks(data):
        if kind in _NEEDED:
            if not _is_whole(data, start, end):
                raise Refused(Rejection.CORRUPT, f"PNG chunk {kind.decode()} fails its checksum")
            kept.append(data[start:end])
        elif kind == b"eXIf" and upright == UPRIGHT:
            upright = orientation(data[start + 8 : end - 4])
        elif kind in PNG_COLOURS and end - start <= MAX_COLOUR_CHUNK and _is_whole(data, start, end):
            colours.append((kind, data[start + 8 : end - 4]))
    width, height = _size(kept[1])
    return Picture(b"".join(kept), width, height, upright, colour=of_png(colours))


def _is_whole(data: bytes, start: int, end: int) -> bool:
    """Tell whether a chunk has its checksum."""
    return zlib.crc32(data[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end])


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of each chunk up to and including IEND; the first is IHDR."""
    position = len(_SIGNATURE)
    for number in range(MAX_CHUNKS):
        if position + 12 > len(data):
            raise Refused(Rejection.TRUNCATED, "PNG ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if not kind.isalpha() or (number == 0) != (kind == b"IHDR"):
            raise Refused(Rejection.CORRUPT, "PNG chunk out of place")
        if end > len(data):
            raise Refused(Rejection.TRUNCATED, "PNG ends inside a chunk")
        yield kind, position, end
        if kind == b"IEND":
            return
        position = end
    raise Refused(Rejection.BOMB, f"PNG with more than {MAX_CHUNKS} chunks")


def _size(header: bytes) -> tuple[int, int]:
    """Return width and height out of the IHDR chunk."""
    if len(header) != 25:
        raise Refused(Rejection.CORRUPT, "PNG header of impossible length")
    width, height = struct.unpack_from(">II", header, 8)
    if not width or not height:
        raise Refused(Rejection.CORRUPT, "PNG without pixels")
    return width, height
