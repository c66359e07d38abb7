"""Containers taken apart and put together again, with whatever inside: the tools of the hostile files."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# --- JPEG -----------------------------------------------------------------------------------------------------------


def segment(marker: int, body: bytes) -> bytes:
    """Build a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def after_soi(jpeg: bytes, *segments: bytes) -> bytes:
    """Insert segments at the front of a JPEG."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def find_segment(jpeg: bytes, marker: int) -> tuple[int, int]:
    """Return begin and end of the first segment with a marker before the first scan."""
    position = 2
    while jpeg[position + 1] != marker:
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4])
    return position, position + 2 + int.from_bytes(jpeg[position + 2 : position + 4])


def frame_header(jpeg: bytes, progressive: bool = False) -> int:
    """Return where the frame header of a JPEG begins."""
    return find_segment(jpeg, 0xC2 if progressive else 0xC0)[0]


def with_size(jpeg: bytes, width: int, height: int, progressive: bool = False) -> bytes:
    """Let a JPEG claim another size."""
    at = frame_header(jpeg, progressive) + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


# --- PNG ------------------------------------------------------------------------------------------------------------

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """Build a PNG chunk with a right checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int,
    height: int,
    depth: int,
    colour: int,
    pixels: bytes,
    *between: bytes,
    interlace: int = 0,
    end: bytes = b"",
) -> bytes:
    """Build a PNG out of unfiltered rows, with more chunks between IHDR and IDAT and before IEND."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    idat = chunk(b"IDAT", zlib.compress(pixels))
    return PNG_SIGNATURE + header + b"".join(between) + idat + end + chunk(b"IEND")


def before_idat(png_bytes: bytes, *chunks: bytes) -> bytes:
    """Insert chunks in front of the pixels of a PNG."""
    at = png_bytes.index(b"IDAT") - 4
    return png_bytes[:at] + b"".join(chunks) + png_bytes[at:]


# --- WebP -----------------------------------------------------------------------------------------------------------


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Build a WebP out of chunks."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def riff_chunks(webp: bytes) -> list[tuple[bytes, bytes]]:
    """Take the chunks out of a WebP."""
    chunks, position = [], 12
    while position < len(webp):
        kind, length = struct.unpack_from("<4sI", webp, position)
        chunks.append((kind, webp[position + 8 : position + 8 + length]))
        position += 8 + length + length % 2
    return chunks


def canvas(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    """Build a VP8X chunk."""
    return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


# --- HEIF -----------------------------------------------------------------------------------------------------------


def box(kind: bytes, *parts: bytes) -> bytes:
    """Build a box."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Build a box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ispe(width: int, height: int) -> bytes:
    """Build the size property."""
    return full_box(b"ispe", struct.pack(">II", width, height))


@dataclass(frozen=True)
class Item:
    """An item of a HEIF file, with its properties by their 1-based place in the property list."""

    id: int
    kind: bytes
    data: bytes = b""
    properties: Sequence[int] = ()
    parts: Sequence[int] = ()
    auxiliary_of: Sequence[int] = ()
    describes: Sequence[int] = ()
    encoding: bytes = b""
    """`content_encoding` of a mime item."""


@dataclass(frozen=True)
class Heif:
    """A HEIF file to be written with `bytes()`."""

    items: Sequence[Item]
    properties: Sequence[bytes] = ()
    primary: int = 1
    brands: Sequence[bytes] = (b"heic", b"mif1", b"heic")
    extra: Iterable[bytes] = ()
    """More boxes inside `meta`."""
    shared: bool = False
    """Store bytes once that are those of several items, or a part of them."""
    between: bytes = b""
    """Boxes between `meta` and the pixels."""
    leave_out: frozenset[bytes] = field(default_factory=frozenset)

    def __bytes__(self) -> bytes:
        """Write the file: ftyp, meta, mdat."""
        head = box(b"ftyp", self.brands[0], bytes(4), *self.brands[1:])
        begin = len(head) + len(self._meta(0)) + len(self.between) + 8
        return head + self._meta(begin) + self.between + box(b"mdat", self._stored()[0])

    def _stored(self) -> tuple[bytes, list[int]]:
        """Return the bytes of all items, and where among them those of each item begin."""
        stored, places = b"", []
        for item in self.items:
            found = stored.find(item.data) if self.shared else -1
            places.append(len(stored) if found < 0 else found)
            stored += item.data if found < 0 else b""
        return stored, places

    def _meta(self, begin: int) -> bytes:
        infos = [
            full_box(b"infe", struct.pack(">HH4s", i.id, 0, i.kind), b"\0", *self._mime(i), version=2)
            for i in self.items
        ]
        parts = {
            b"hdlr": full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
            b"pitm": full_box(b"pitm", struct.pack(">H", self.primary)),
            b"iinf": full_box(b"iinf", struct.pack(">H", len(infos)), *infos),
            b"iprp": box(b"iprp", box(b"ipco", *self.properties), self._associations()),
            b"iref": full_box(b"iref", *self._references()),
            b"iloc": self._locations(begin),
        }
        return full_box(b"meta", *(part for kind, part in parts.items() if kind not in self.leave_out), *self.extra)

    def _mime(self, item: Item) -> list[bytes]:
        return [b"application/rdf+xml\0", item.encoding + b"\0"] if item.kind == b"mime" else []

    def _associations(self) -> bytes:
        entries = [struct.pack(">HB", i.id, len(i.properties)) + bytes(i.properties) for i in self.items]
        return full_box(b"ipma", struct.pack(">I", len(entries)), *entries)

    def _references(self) -> list[bytes]:
        kinds = {b"dimg": "parts", b"auxl": "auxiliary_of", b"cdsc": "describes"}
        pairs = [(kind, item.id, getattr(item, name)) for kind, name in kinds.items() for item in self.items]
        return [box(kind, struct.pack(f">HH{len(to)}H", item, len(to), *to)) for kind, item, to in pairs if to]

    def _locations(self, begin: int) -> bytes:
        _, places = self._stored()
        entries = [
            struct.pack(">HHHII", item.id, 0, 1, begin + place, len(item.data))
            for item, place in zip(self.items, places, strict=True)
        ]
        return full_box(b"iloc", bytes([0x44, 0]), struct.pack(">H", len(entries)), *entries)
