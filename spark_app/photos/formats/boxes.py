"""The boxes that HEIC and AVIF files consist of (ISO base media file format, ISO/IEC 14496-12, 4.2)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.picture import PhotoRefused

MAX_BOXES = 4096  # side by side in one box; libheif allows 1,000 items


class Box(NamedTuple):
    """Where a box lies."""

    kind: bytes
    start: int
    """Where its body begins."""
    end: int
    at: int
    """Where its header begins."""


def boxes(data: bytes, begin: int, end: int, clipped: bool = False) -> Iterator[Box]:
    """Yield the boxes side by side in `data[begin:end]`; raises `PhotoRefused`.

    `clipped`: the last box may reach beyond `end`, and is cut there.
    """
    position = begin
    for _ in range(MAX_BOXES):
        if position == end or (clipped and position + 8 > end):
            return
        if position + 8 > end:
            raise PhotoRefused(Rejection.TRUNCATED, "HEIF ends inside a box header")
        start, stop, kind = _extent(data, position, end)
        if stop > end and not clipped:
            raise PhotoRefused(Rejection.TRUNCATED, "HEIF ends inside a box")
        yield Box(kind, start, min(stop, end), position)
        position = min(stop, end)
    raise PhotoRefused(Rejection.BOMB, f"HEIF with more than {MAX_BOXES} boxes side by side")


def _extent(data: bytes, at: int, end: int) -> tuple[int, int, bytes]:
    size, kind = struct.unpack_from(">I4s", data, at)
    start = at + 8
    if size == 1 and start + 8 <= end:
        size, start = int.from_bytes(data[start : start + 8]), start + 8
    elif size == 0:
        size = end - at
    if size < start - at:
        raise PhotoRefused(Rejection.CORRUPT, "HEIF box of impossible size")
    return start, at + size, kind


def number(data: bytes, at: int, size: int) -> int:
    """Return the unsigned number in the `size` bytes from `at` on; raises `struct.error` beyond the file."""
    if at + size > len(data):
        raise struct.error("field beyond the file")
    return int.from_bytes(data[at : at + size])
