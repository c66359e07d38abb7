"""HEIC: check brand and boxes before libheif sees the file (ISO/IEC 14496-12 for boxes, 23008-12 for brands)."""

import struct
from collections.abc import Iterator

from infra.contracts.rejections import Rejection
from spark_app.formats.picture import Refused

MAX_BOXES = 1024  # at the top level; a photo has three to six

_STILL_BRANDS = frozenset([b"heic", b"heix"])  # HEVC still pictures: Main and Main 10 profiles


def is_heic(data: bytes) -> bool:
    """Tell a HEIC by its file type box: HEVC still pictures only, so neither AVIF nor sequences nor MP4."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4]), 8 + 4 * 64)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    return not _STILL_BRANDS.isdisjoint(brands)


def inspect(data: bytes) -> None:
    """Walk the top-level boxes of a HEIC; raises `Refused`."""
    kinds = {kind for kind, _, _ in boxes(data)}
    if b"meta" not in kinds:
        raise Refused(Rejection.CORRUPT, "HEIC without a meta box")


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, begin and end of the body of each top-level box."""
    position = 0
    for _ in range(MAX_BOXES):
        if position == len(data):
            return
        if position + 8 > len(data):
            raise Refused(Rejection.TRUNCATED, "HEIC ends inside a box header")
        size, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1 and start + 8 <= len(data):
            size, start = int.from_bytes(data[start : start + 8]), start + 8
        elif size == 0:
            size = len(data) - position
        if size < start - position:
            raise Refused(Rejection.CORRUPT, "HEIC box of impossible size")
        if position + size > len(data):
            raise Refused(Rejection.TRUNCATED, "HEIC ends inside a box")
        yield kind, start, position + size
        position += size
    raise Refused(Rejection.BOMB, f"HEIC with more than {MAX_BOXES} boxes")
