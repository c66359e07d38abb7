"""PNG: walk the chunks, check those that make pixels, drop the others (W3C PNG, third edition, section 5)."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import MAX_COLOUR_CHUNK, PNG_COLOURS, of_png
from spark_app.photos.formats.exif import UPRIGHT, orientation
from spark_app.photos.formats.picture import PhotoRefused, Picture, without_zeros

MAX_CHUNKS = 16_384  # 60 MB in libpng's IDATs of 8 KB are 7,700; millions of empty ones attack the parser

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = frozenset([b"IHDR", b"PLTE", b"tRNS"])
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # by colour type (11.2.1)


@dataclass(frozen=True, slots=True)
class Png(Picture):
    """A PNG's picture. `data` ends before the first pixels; compressed pixels are not copied."""

    pieces: tuple[tuple[int, int], ...] = ()
    """Begin and end of the body of each IDAT."""
    row_bits: int = 0
    """Bits of a pixel before compression."""
    interlaced: bool = False


@dataclass(slots=True)
class _Parts:
    """The parts found so far."""

    kept: list[bytes] = field(default_factory=lambda: [_SIGNATURE])
    pieces: list[tuple[int, int]] = field(default_factory=list)
    orientation: int | None = None
    colours: list[tuple[bytes, bytes]] = field(default_factory=list)


def is_png(data: bytes) -> bool:
    """Return whether the signature is a PNG's."""
    return data.startswith(_SIGNATURE)


def inspect(data: bytes) -> Png:
    """Read the chunks of a PNG; raises `PhotoRefused`.

    No text, profile, EXIF or animation is kept: an APNG gives its default image. After the first pixels, as in every
    viewer, nothing refuses the photo any more: the decoder finds out how many rows there are.
    """
    parts = _Parts()
    for kind, start, end in _chunks(data):
        if kind == b"IDAT":
            parts.pieces.append((start + 8, _sound_end(data, start, end)))
        elif kind in _HEADER and not parts.pieces:
            _check(data, kind, start, end)
            parts.kept.append(data[start:end])
        elif kind == b"eXIf" and parts.orientation is None:
            parts.orientation = orientation(data[start + 8 : end - 4])
        elif kind in PNG_COLOURS and end - start <= MAX_COLOUR_CHUNK and _is_whole(data, start, end):
            parts.colours.append((kind, data[start + 8 : end - 4]))
    width, height, depth, colour, interlaced = _header(parts.kept[1])
    if not parts.pieces:
        raise PhotoRefused(Rejection.CORRUPT, "PNG without pixels")
    keyed = any(chunk[4:8] == b"tRNS" for chunk in parts.kept)
    head = b"".join(parts.kept) + struct.pack(">I4s", 1, b"IDAT")
    bits = depth * _CHANNELS[colour]
    working_bytes = width * height * _pixel_bytes(depth, colour, keyed)
    upright = parts.orientation or UPRIGHT
    space = of_png(parts.colours)
    return Png(head, width, height, upright, working_bytes, 1, space, tuple(parts.pieces), bits, bool(interlaced))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of each chunk up to IEND. IHDR is the first; an IDAT may reach beyond the file."""
    position, pixels = len(_SIGNATURE), False
    for number in range(MAX_CHUNKS):
        cut = position + 12 > len(data)
        length, kind = struct.unpack_from(">I4s", data, position) if position + 8 <= len(data) else (0, b"")
        end = position + 12 + length
        odd = not kind.isalpha() or (number == 0) != (kind == b"IHDR")
        if pixels and kind != b"IDAT" and (cut or odd or end > len(data) or kind == b"IEND"):
            return
        if cut and kind != b"IDAT":
            raise PhotoRefused(Rejection.TRUNCATED, "PNG ends before its last chunk")
        if odd:
            raise PhotoRefused(Rejection.CORRUPT, "PNG chunk out of place")
        if end > len(data) and kind != b"IDAT":
            raise PhotoRefused(Rejection.TRUNCATED, "PNG ends inside a chunk")
        pixels |= kind == b"IDAT"
        yield kind, position, end
        if kind == b"IEND" or end > len(data):
            return
        position = end
    raise PhotoRefused(Rejection.BOMB, f"PNG with more than {MAX_CHUNKS} chunks")


def _sound_end(data: bytes, start: int, end: int) -> int:
    """Return where the body of an IDAT ends: at its end, at the file's, or where only zeros follow in the file."""
    if end > len(data) or data[end - 12 : end] == bytes(12):
        return without_zeros(data, start + 8, min(end, len(data)))
    _check(data, b"IDAT", start, end)
    return end - 4


def _is_whole(data: bytes, start: int, end: int) -> bool:
    """Return whether the checksum of a chunk is right."""
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end])


def _check(data: bytes, kind: bytes, start: int, end: int) -> None:
    if not _is_whole(data, start, end):
        raise PhotoRefused(Rejection.CORRUPT, f"PNG chunk {kind.decode()} fails its checksum")


def _header(header: bytes) -> tuple[int, int, int, int, int]:
    """Return width, height, bit depth, colour type and interlace method of the IHDR chunk."""
    if len(header) != 25:
        raise PhotoRefused(Rejection.CORRUPT, "PNG header of impossible length")
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", header, 8)
    if not width or not height:
        raise PhotoRefused(Rejection.CORRUPT, "PNG without pixels")
    if depth not in _DEPTHS.get(colour, ()):
        raise PhotoRefused(Rejection.CORRUPT, "PNG header of impossible colours")
    return width, height, depth, colour, interlaced


def _pixel_bytes(depth: int, colour: int, keyed: bool) -> int:
    """Return the bytes of a pixel during the read, in Pillow's modes and the copies that shrinking makes.

    RGB takes 4 bytes; transparency is multiplied in a copy (4); palettes and colour keys become RGBA first (4).
    Measured: `python -m benchmarks.photos.memory`.
    """
    if colour == 3:
        return 9 if keyed else 5
    if colour in (4, 6):
        return 8
    if colour == 2:
        return 12 if keyed else 4
    return 12 if keyed else 8 if depth == 16 else 5 if depth == 1 else 1
