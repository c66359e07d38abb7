"""HEIC: check the brand and price the decode before libheif sees the file (ISO/IEC 23008-12)."""

import struct

from infra.contracts.rejections import Rejection
from spark_app.formats.boxes import Items, boxes, items
from spark_app.formats.picture import Refused

MAX_META_BYTES = 1_000_000  # libheif's 1,000 items take about 60 KB

_STILL_BRANDS = frozenset([b"heic", b"heix"])  # HEVC still pictures: Main and Main 10 profiles
_PICTURES = frozenset([b"hvc1", b"grid"])  # what a phone writes: one picture, or a grid of tiles
_DEPTH = 4  # grid, tile, transparency of a tile: nothing real goes deeper


def is_heic(data: bytes) -> bool:
    """Tell a HEIC by its file type box: HEVC still pictures only, so neither AVIF nor sequences nor MP4."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4]), 8 + 4 * 64)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    return not _STILL_BRANDS.isdisjoint(brands)


def inspect(data: bytes) -> int:
    """Return the pixels that libheif will have to decode for the primary picture; raises `Refused`.

    That is not the size of the picture: a crop may hide most of it, tiles may repeat, and transparency comes on top.
    """
    metas = [(start, end) for kind, start, end in boxes(data, 0, len(data)) if kind == b"meta"]
    if not metas:
        raise Refused(Rejection.TRUNCATED, "HEIC ends before its meta box")
    if len(metas) > 1:
        raise Refused(Rejection.CORRUPT, f"HEIC with {len(metas)} meta boxes")
    start, end = metas[0]
    if end - start > MAX_META_BYTES:
        raise Refused(Rejection.BOMB, f"HEIC meta box of {end - start} bytes")
    try:
        found = items(data, start, end)
    except (struct.error, IndexError) as exc:
        raise Refused(Rejection.CORRUPT, "HEIC meta box ends inside a field") from exc
    if found.kinds.get(found.primary) not in _PICTURES:
        raise Refused(Rejection.UNSUPPORTED_FORMAT, "HEIC whose primary picture is not HEVC")
    _check_metadata(found, len(data))
    return _cost(found, found.primary, {}, _DEPTH)


def _check_metadata(found: Items, available: int) -> None:
    """Refuse items that would grow when read: libheif loads all metadata at once, however often it is stored."""
    if found.packed:
        raise Refused(Rejection.BOMB, "HEIC with compressed metadata")
    if sum(length for item, length in found.lengths.items() if found.kinds.get(item) not in _PICTURES) > available:
        raise Refused(Rejection.BOMB, "HEIC metadata larger than the file")


def _cost(found: Items, item: int, known: dict[int, int], depth: int) -> int:
    """Return the pixels to decode for an item: itself or its parts, and its transparency."""
    if not depth:
        raise Refused(Rejection.BOMB, "HEIC items that refer to each other without end")
    if item not in known:
        parts = sum(_cost(found, part, known, depth - 1) for part in found.parts.get(item, ()))
        alphas = (aux for aux in found.auxiliaries.get(item, ()) if aux in found.transparencies)
        alpha = sum(_cost(found, aux, known, depth - 1) for aux in alphas)
        known[item] = max(found.pixels.get(item, 0), parts) + alpha
    return known[item]
