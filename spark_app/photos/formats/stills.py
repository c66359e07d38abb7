"""The price of decoding the primary picture of a HEIF file, by the coded pixels, not by those that are shown.

A crop may hide most of the coded pixels, tiles may repeat, transparency adds more, and the container may understate
their number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from contracts.photos.rejections import Rejection
from spark_app.photos.formats import av1, hevc
from spark_app.photos.formats.boxes import Box, number
from spark_app.photos.formats.coded import HALVED, MONOCHROME, CodedFrame, CodedPicture, largest
from spark_app.photos.formats.items import Items
from spark_app.photos.formats.picture import PhotoRefused

MAX_UNITS = 8192  # of all items, with the headers in their configurations; a grid of 1,000 tiles has 4,000

_DEPTH = 4  # grid, tile, transparency of a tile: no real file goes deeper
_GRID = b"grid"


class _Codec(Protocol):
    def configured(self, data: bytes, begin: int, end: int) -> tuple[CodedFrame, ...]: ...
    def coded(self, data: bytes, begin: int, end: int) -> CodedPicture: ...


_CODECS: Mapping[bytes, tuple[str, bytes, _Codec]] = {
    b"hvc1": ("heic", b"hvcC", hevc),
    b"av01": ("avif", b"av1C", av1),
}
"""By item type: name of the format, type of the configuration box, and the module that reads both."""
PICTURES = frozenset([*_CODECS, _GRID])
"""The item types that we read: phones write one picture, or a grid of tiles."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a decode costs."""

    format: str
    """`heic` or `avif`."""
    items: frozenset[int]
    """The items that a decoder needs: the picture, its parts, its transparency."""
    pixels: int
    """Coded pixels of all of them."""
    bytes: int
    """Memory at the decoder's peak, with two copies of the file."""
    honest: bool
    """Whether the coded pixels are about as many as the shown ones, and container and codec agree about them."""


def priced(data: bytes, found: Items) -> Price:
    """Price the primary picture; raises `PhotoRefused`, or `struct.error` where a field lies beyond the file."""
    if found.kinds.get(found.primary) not in PICTURES:
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "HEIF whose primary picture is neither HEVC nor AV1")
    walk = _Walk(data, found)
    pixels = walk.price(found.primary, _DEPTH)
    codecs = {found.kinds[item] for item in walk.known} - {_GRID}
    if len(codecs) != 1:
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "HEIF picture of two codecs")
    format = _CODECS[codecs.pop()][0]
    layer = max(walk.colour, pixels // 2) if walk.transparent else pixels
    memory = layer * _BYTES[format](walk.chroma, walk.depth, walk.transparent)
    honest = walk.agreed and pixels <= 2 * walk.shown * (2 if walk.transparent else 1)
    return Price(format, frozenset(walk.known), pixels, round(memory) + 2 * len(data), honest)


class _Walk:
    """Visits the primary picture, its parts and its transparency, each once."""

    def __init__(self, data: bytes, found: Items) -> None:
        self._data, self._found = data, found
        self._coded: dict[tuple[bytes, tuple[tuple[int, int], ...]], CodedPicture] = {}
        self._configured: dict[int, tuple[CodedFrame, ...]] = {}
        self._left = len(data)
        self._units_left = MAX_UNITS
        self._alphas: dict[int, bool] = {}
        self.known: dict[int, int] = {}
        self.shown = self.colour = 0
        self.chroma = self.depth = 0
        self.transparent = False
        self.agreed = True

    def price(self, item: int, depth: int) -> int:
        """Return the pixels to decode for an item: itself or its parts, and its transparency."""
        if not depth:
            raise PhotoRefused(Rejection.BOMB, "HEIF items that refer to each other without end")
        if item in self.known:
            return self.known[item]
        own = self._grid(item, depth) if self._found.kinds[item] == _GRID else self._picture(item)
        alphas = [aux for aux in self._found.auxiliaries.get(item, ()) if self._is_alpha(aux)]
        self.transparent |= bool(alphas)
        if item == self._found.primary:
            self.colour = own
        self.known[item] = own + sum(self.price(aux, depth - 1) for aux in alphas)
        return self.known[item]

    def _is_alpha(self, item: int) -> bool:
        if self._found.kinds.get(item) not in PICTURES:
            return False
        kinds = self._found.of(item, b"auxC")
        for index in kinds:
            if index not in self._alphas:
                self._alphas[index] = _says_alpha(self._data, self._found.properties[index])
        return any(self._alphas[index] for index in kinds)

    def _grid(self, item: int, depth: int) -> int:
        """Price a grid by its canvas or by all its tiles, whichever is more (ISO/IEC 23008-12, 6.6.2.3)."""
        parts = self._found.parts.get(item, ())
        data, begin, end = self._bytes(item)
        wide = 4 if end - begin > 1 and data[begin + 1] & 1 else 2
        if end - begin < 4 + 2 * wide:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF grid of impossible length")
        if not parts or len(parts) < (data[begin + 2] + 1) * (data[begin + 3] + 1):
            raise PhotoRefused(Rejection.CORRUPT, "HEIF grid without all of its tiles")
        if any(self._found.kinds.get(part) not in PICTURES for part in parts):
            raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "HEIF grid of tiles that are neither HEVC nor AV1")
        canvas = number(data, begin + 4, wide) * number(data, begin + 4 + wide, wide)
        self._show(item, canvas)
        return max(canvas, self._claimed(item), sum(self.price(part, depth - 1) for part in parts))

    def _picture(self, item: int) -> int:
        """Price one coded picture by the size in its codec's headers or in its container, whichever is larger."""
        coded = self._read(item)
        frame = largest(coded.headers)
        if not frame or not frame.pixels or not coded.frames:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF picture without a size or without a frame")
        claimed = self._claimed(item) or frame.pixels
        self.agreed &= max(claimed, frame.pixels) <= 2 * min(claimed, frame.pixels)
        self.chroma, self.depth = max(self.chroma, frame.chroma), max(self.depth, frame.depth)
        self._show(item, frame.pixels)
        return max(claimed, frame.pixels) * coded.frames

    def _read(self, item: int) -> CodedPicture:
        """Read the configuration and the bytes of a coded picture; what items share is read once."""
        kind = self._found.kinds[item]
        _, box, codec = _CODECS[kind]
        headers: list[CodedFrame] = []
        for index in self._found.of(item, box):
            if index not in self._configured:
                body = self._found.properties[index]
                self._configured[index] = codec.configured(self._data, body.start, body.end)
                self._count(len(self._configured[index]))
            headers += self._configured[index]
        where = kind, self._found.extents.get(item, ())
        if where not in self._coded:
            self._coded[where] = codec.coded(*self._bytes(item))
            self._count(self._coded[where].units)
        coded = self._coded[where]
        return CodedPicture(coded.frames, (*headers, *coded.headers), coded.units)

    def _count(self, units: int) -> None:
        self._units_left -= units
        if self._units_left < 0:
            raise PhotoRefused(Rejection.BOMB, f"HEIF picture of more than {MAX_UNITS} units")

    def _show(self, item: int, pixels: int) -> None:
        if item == self._found.primary:
            self.shown = pixels

    def _claimed(self, item: int) -> int:
        """Return the pixels by the size property, 0 without one: encoders before 2021 wrote none."""
        bodies = [self._found.properties[index].start for index in self._found.of(item, b"ispe")]
        return max((number(self._data, at + 4, 4) * number(self._data, at + 8, 4) for at in bodies), default=0)

    def _bytes(self, item: int) -> tuple[bytes, int, int]:
        """Return bytes, and where in them the item begins and ends; raises `PhotoRefused` where some are missing."""
        extents = self._found.extents.get(item, ())
        if not extents:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF picture without a place")
        if any(stop > len(self._data) for _, stop in extents):
            raise PhotoRefused(Rejection.TRUNCATED, "HEIF ends inside its picture")
        self._left -= sum(stop - start for start, stop in extents)
        if self._left < 0:
            raise PhotoRefused(Rejection.BOMB, "HEIF pictures larger than the file")
        if len(extents) == 1:
            return self._data, *extents[0]
        joined = b"".join(self._data[start:stop] for start, stop in extents)
        return joined, 0, len(joined)


def _says_alpha(data: bytes, body: Box) -> bool:
    return data.find(b"alpha", body.start, body.end) >= 0 or data.find(b"auxid:1\0", body.start, body.end) >= 0


def _heic_bytes(chroma: int, depth: int, transparent: bool) -> float:
    """Return libheif's memory for a pixel, in bytes: its frame, a copy of it, and interleaved RGB."""
    sample = 2 if depth > 8 else 1
    if transparent or chroma > HALVED:
        return (4 if transparent else 3) * (2 * sample + 1) + 0.5
    return 3 * sample + 2 if chroma == HALVED else 2 * sample + 0.5


def _avif_bytes(chroma: int, depth: int, transparent: bool) -> float:
    """Return libavif's memory for a pixel, in bytes: its frame, RGB, and the copy that Pillow returns."""
    planes = {MONOCHROME: 1.0, HALVED: 1.5}.get(chroma, 3.0) + transparent
    return planes * (2 if depth > 8 else 1) + 2 * (3 + transparent) + 1


_BYTES = {"heic": _heic_bytes, "avif": _avif_bytes}
"""Measured by `python -m benchmarks.photos.memory`; see `docs/reading-photos.md`."""
