"""The `meta` box of a HEIF file: items, their references, the places of their bytes (ISO/IEC 14496-12, 8.11).

Reads only what the price of a decode needs. Every loop moves forward through a `meta` box whose size the caller caps.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.boxes import Box, boxes, number
from spark_app.photos.formats.picture import PhotoRefused

MAX_EXTENTS = 65_536  # usually each item has one

_READ = frozenset([b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat"])

Extents = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a file by id, as the `meta` box describes them."""

    primary: int
    kinds: Mapping[int, bytes]
    """Item type, such as `hvc1`, `grid` or `Exif`."""
    kinds_at: Mapping[int, int]
    """Offset of that type in the file."""
    packed: frozenset[int]
    """Compressed items (`content_encoding`)."""
    parts: Mapping[int, Sequence[int]]
    """The items that a derived item is made of (`dimg`)."""
    auxiliaries: Mapping[int, Sequence[int]]
    """The auxiliary items of an item (`auxl`), such as its transparency."""
    properties: Sequence[Box]
    """The boxes of `ipco`."""
    associations: Mapping[int, frozenset[int]]
    """The indices into `properties` (from 0) of the properties of an item."""
    extents: Mapping[int, Extents]
    """Begin and end in the file of each extent of an item; empty where its bytes are in another file."""

    def of(self, item: int, kind: bytes) -> list[int]:
        """Return the indices of an item's properties of one kind."""
        return [index for index in sorted(self.associations.get(item, ())) if self.properties[index].kind == kind]


def items(data: bytes, begin: int, end: int) -> Items:
    """Read the body of a `meta` box. Raises `PhotoRefused`, or `struct.error` where a field lies beyond the file."""
    inside = _single(boxes(data, begin + 4, end), _READ)
    nowhere = Box(b"", end, end, end)
    kinds, kinds_at, packed = _kinds(data, inside.get(b"iinf", nowhere))
    parts, auxiliaries = _references(data, inside.get(b"iref", nowhere))
    properties, associations = _properties(data, inside.get(b"iprp", nowhere))
    if not kinds:
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "HEIF without items")
    if b"pitm" not in inside:
        raise PhotoRefused(Rejection.CORRUPT, "HEIF without a primary picture")
    at = inside[b"pitm"].start
    primary = number(data, at + 4, 4 if data[at] else 2)
    idat = inside.get(b"idat", nowhere)
    extents = dict(_locations(data, inside[b"iloc"], idat)) if b"iloc" in inside else {}
    return Items(primary, kinds, kinds_at, packed, parts, auxiliaries, properties, associations, extents)


def _single(found: Iterator[Box], kinds: frozenset[bytes]) -> dict[bytes, Box]:
    """Return the boxes by kind; raises `PhotoRefused` for a second of `kinds`: a decoder might take the other one."""
    inside: dict[bytes, Box] = {}
    for box in found:
        if box.kind in kinds and box.kind in inside:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF with the same box twice")
        inside[box.kind] = box
    return inside


def _kinds(data: bytes, iinf: Box) -> tuple[dict[int, bytes], dict[int, int], frozenset[int]]:
    kinds: dict[int, bytes] = {}
    places: dict[int, int] = {}
    packed: set[int] = set()
    if iinf.start == iinf.end:
        return kinds, places, frozenset()
    for kind, at, stop, _ in boxes(data, iinf.start + (8 if data[iinf.start] else 6), iinf.end):
        if kind == b"infe" and data[at] >= 2:
            width = 4 if data[at] >= 3 else 2
            item, rest = number(data, at + 4, width), at + 6 + width
            if rest + 4 > stop:
                raise PhotoRefused(Rejection.CORRUPT, "HEIF item without a type")
            if item in kinds:
                raise PhotoRefused(Rejection.CORRUPT, "HEIF with two items of one number")
            kinds[item] = data[rest : rest + 4]
            places[item] = rest
            # the name, content type and content encoding of a mime item follow
            if kinds[item] == b"mime" and any(data[rest + 4 : stop].split(b"\0")[2:3]):
                packed.add(item)
    return kinds, places, frozenset(packed)


def _references(data: bytes, iref: Box) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Read `iref`; return the parts of each derived item, and the auxiliaries of each item."""
    parts: dict[int, list[int]] = defaultdict(list)
    auxiliaries: dict[int, list[int]] = defaultdict(list)
    if iref.start == iref.end:
        return parts, auxiliaries
    width = 4 if data[iref.start] else 2
    for kind, at, stop, _ in boxes(data, iref.start + 4, iref.end):
        source, count = number(data, at, width), number(data, at + width, 2)
        if at + width + 2 + count * width > stop:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF reference beyond its box")
        targets = struct.unpack_from(f">{count}{'I' if width == 4 else 'H'}", data, at + width + 2)
        if kind == b"dimg":
            parts[source] += targets
        elif kind == b"auxl":
            for target in targets:
                auxiliaries[target].append(source)
    return parts, auxiliaries


def _properties(data: bytes, iprp: Box) -> tuple[list[Box], dict[int, frozenset[int]]]:
    associations: dict[int, set[int]] = defaultdict(set)
    within = list(boxes(data, iprp.start, iprp.end))
    lists = _single(iter(within), frozenset([b"ipco"]))
    properties = list(boxes(data, lists[b"ipco"].start, lists[b"ipco"].end)) if b"ipco" in lists else []
    for box in within:
        if box.kind == b"ipma":
            for item, index in _associations(data, box):
                associations[item].add(index - 1)
    known = range(len(properties))
    return properties, {item: frozenset(index for index in has if index in known) for item, has in associations.items()}


def _associations(data: bytes, ipma: Box) -> Iterator[tuple[int, int]]:
    """Yield item and property index (from 1) of each association in `ipma`."""
    begin = ipma.start
    width, wide = (4 if data[begin] else 2), data[begin + 3] & 1
    at = begin + 8
    for _ in range(number(data, begin + 4, 4)):
        item, count = number(data, at, width), number(data, at + width, 1)
        at += width + 1
        if at + count * (2 if wide else 1) > ipma.end:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF associations beyond their box")
        for _ in range(count):
            yield item, number(data, at, 2) & 0x7FFF if wide else number(data, at, 1) & 0x7F
            at += 2 if wide else 1


def _locations(data: bytes, iloc: Box, idat: Box) -> Iterator[tuple[int, Extents]]:
    """Yield each item in `iloc` and its extents, which lie in the file or in the `idat` box."""
    begin = iloc.start
    version = data[begin]
    offset, length, base, index = (int(digit, 16) for digit in data[begin + 4 : begin + 6].hex())
    wide = 4 if version == 2 else 2
    at, left = begin + 6 + wide, MAX_EXTENTS
    for _ in range(number(data, begin + 6, wide)):
        item, at = number(data, at, wide), at + wide
        method, at = (number(data, at, 2) & 15, at + 2) if version else (0, at)
        elsewhere, origin = number(data, at, 2) or method > 1, number(data, at + 2, base)
        count, at = number(data, at + 2 + base, 2), at + 4 + base
        left -= count
        if left < 0:
            raise PhotoRefused(Rejection.BOMB, f"HEIF with more than {MAX_EXTENTS} stretches of bytes")
        first, last = (idat.start, idat.end) if method == 1 else (0, len(data))
        extents = []
        for _ in range(count):
            at += index if version else 0
            begins = first + origin + number(data, at, offset)
            stored = number(data, at + offset, length) or max(0, last - begins)
            at += offset + length
            extents.append((begins, begins + stored))
        if at > iloc.end:
            raise PhotoRefused(Rejection.CORRUPT, "HEIF item location beyond its box")
        yield item, () if elsewhere else tuple(extents)
