"""The boxes of a HEIF file: items, how they refer to each other, and how large each is (ISO/IEC 14496-12, 23008-12).

Reads only what is needed to price a decode. Every loop moves forward through a `meta` box whose size the caller caps.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.contracts.rejections import Rejection
from spark_app.formats.picture import Refused

MAX_BOXES = 4096  # side by side in one box; libheif stops at 1,000 items


@dataclass(frozen=True, slots=True)
class Items:
    """What the `meta` box says of the items of a file, by item id."""

    primary: int
    kinds: Mapping[int, bytes]
    """Item type, such as `hvc1`, `grid` or `Exif`."""
    packed: frozenset[int]
    """Items that are stored compressed (`content_encoding`)."""
    parts: Mapping[int, Sequence[int]]
    """Items an item is put together from (`dimg`)."""
    auxiliaries: Mapping[int, Sequence[int]]
    """Items that accompany an item (`auxl`), transparency among them."""
    pixels: Mapping[int, int]
    """Pixels of an item before it is turned or cropped (`ispe`)."""
    transparencies: frozenset[int]
    """Items that are the transparency of another (`auxC`)."""
    lengths: Mapping[int, int]
    """Stored bytes of an item (`iloc`); 0 means up to the end of the file."""


def boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of the body of each box side by side in `data[begin:end]`; raises `Refused`."""
    position = begin
    for _ in range(MAX_BOXES):
        if position == end:
            return
        if position + 8 > end:
            raise Refused(Rejection.TRUNCATED, "HEIC ends inside a box header")
        size, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1 and start + 8 <= end:
            size, start = int.from_bytes(data[start : start + 8]), start + 8
        elif size == 0:
            size = end - position
        if size < start - position:
            raise Refused(Rejection.CORRUPT, "HEIC box of impossible size")
        if position + size > end:
            raise Refused(Rejection.TRUNCATED, "HEIC ends inside a box")
        yield kind, start, position + size
        position += size
    raise Refused(Rejection.BOMB, f"HEIC with more than {MAX_BOXES} boxes side by side")


def items(data: bytes, begin: int, end: int) -> Items:
    """Read the body of a `meta` box. Raises `Refused`, or `struct.error` where a field lies beyond the file."""
    inside = {kind: (start, stop) for kind, start, stop in boxes(data, begin + 4, end)}
    nowhere = (end, end)
    kinds, packed = _kinds(data, *inside.get(b"iinf", nowhere))
    parts, auxiliaries = _references(data, *inside.get(b"iref", nowhere))
    pixels, transparencies = _properties(data, *inside.get(b"iprp", nowhere))
    if b"pitm" not in inside:
        raise Refused(Rejection.CORRUPT, "HEIC without a primary picture")
    at = inside[b"pitm"][0]
    primary = _number(data, at + 4, 4 if data[at] else 2)
    lengths = _lengths(data, *inside[b"iloc"]) if b"iloc" in inside else {}
    return Items(primary, kinds, packed, parts, auxiliaries, pixels, transparencies, lengths)


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise struct.error("field beyond the file")
    return int.from_bytes(data[at : at + size])


def _kinds(data: bytes, begin: int, end: int) -> tuple[dict[int, bytes], frozenset[int]]:
    """Read `iinf`: the type of each item, and which are stored compressed."""
    kinds: dict[int, bytes] = {}
    packed: set[int] = set()
    if begin == end:
        return kinds, frozenset()
    for kind, at, stop in boxes(data, begin + (8 if data[begin] else 6), end):
        if kind == b"infe" and data[at] >= 2:
            width = 4 if data[at] >= 3 else 2
            item, rest = _number(data, at + 4, width), at + 6 + width
            kinds[item] = data[rest : rest + 4]
            # a mime item goes on with its name, content type and content encoding
            if kinds[item] == b"mime" and any(data[rest + 4 : stop].split(b"\0")[2:3]):
                packed.add(item)
    return kinds, frozenset(packed)


def _references(data: bytes, begin: int, end: int) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Read `iref`: parts of each derived item, and auxiliaries of each item."""
    parts: dict[int, list[int]] = defaultdict(list)
    auxiliaries: dict[int, list[int]] = defaultdict(list)
    if begin == end:
        return parts, auxiliaries
    width = 4 if data[begin] else 2
    for kind, at, _ in boxes(data, begin + 4, end):
        source, count = _number(data, at, width), _number(data, at + width, 2)
        targets = struct.unpack_from(f">{count}{'I' if width == 4 else 'H'}", data, at + width + 2)
        if kind == b"dimg":
            parts[source] += targets
        elif kind == b"auxl":
            for target in targets:
                auxiliaries[target].append(source)
    return parts, auxiliaries


def _properties(data: bytes, begin: int, end: int) -> tuple[dict[int, int], frozenset[int]]:
    """Read `iprp`: the size of each item, and which are a transparency."""
    pixels: dict[int, int] = {}
    transparencies: set[int] = set()
    sizes: dict[int, int] = {}
    alphas: set[int] = set()
    for kind, start, stop in boxes(data, begin, end):
        if kind == b"ipco":
            for index, (name, at, until) in enumerate(boxes(data, start, stop), start=1):
                if name == b"ispe":
                    sizes[index] = _number(data, at + 4, 4) * _number(data, at + 8, 4)
                elif name == b"auxC" and (b"alpha" in data[at:until] or b"auxid:1\0" in data[at:until]):
                    alphas.add(index)
        elif kind == b"ipma":
            for item, index in _associations(data, start):
                pixels[item] = max(pixels.get(item, 0), sizes.get(index, 0))
                if index in alphas:
                    transparencies.add(item)
    return pixels, frozenset(transparencies)


def _associations(data: bytes, begin: int) -> Iterator[tuple[int, int]]:
    """Yield item and property index out of `ipma`."""
    width, wide = (4 if data[begin] else 2), data[begin + 3] & 1
    at = begin + 8
    for _ in range(_number(data, begin + 4, 4)):
        item, count = _number(data, at, width), _number(data, at + width, 1)
        at += width + 1
        for _ in range(count):
            yield item, _number(data, at, 2) & 0x7FFF if wide else _number(data, at, 1) & 0x7F
            at += 2 if wide else 1


def _lengths(data: bytes, begin: int, end: int) -> dict[int, int]:
    """Read `iloc`: the sum of the extents of each item, in bytes."""
    version, fields = data[begin], data[begin + 4 : begin + 6].hex()
    offset, length, base, index = (int(digit, 16) for digit in fields)
    wide = 4 if version == 2 else 2
    lengths: dict[int, int] = {}
    at = begin + 6 + wide
    for _ in range(_number(data, begin + 6, wide)):
        item = _number(data, at, wide)
        at += wide + (2 if version else 0) + 2 + base
        extents, at = _number(data, at, 2), at + 2
        lengths[item] = 0
        for _ in range(extents):
            at += (index if version else 0) + offset
            stored = _number(data, at, length)
            lengths[item] += stored or len(data)
            at += length
        if at > end:
            raise Refused(Rejection.CORRUPT, "HEIC item location beyond its box")
    return lengths
