"""HEIF, the container of HEIC and AVIF: price the decode before a decoder sees the file, and show it nothing else.

ISO/IEC 23008-12 (HEIF), 23000-22 (MIAF) and the AVIF specification. The type of the primary item decides what a file
is, not its brand.
"""

import struct
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats import colr
from spark_app.photos.formats.boxes import Box, boxes
from spark_app.photos.formats.colour import Colour
from spark_app.photos.formats.items import Items, items
from spark_app.photos.formats.picture import Refused
from spark_app.photos.formats.stills import PICTURES, Price, priced

MAX_META_BYTES = 1_000_000  # libheif's 1,000 items take about 60 KB

_BRANDS = frozenset(
    [b"mif1", b"mif2", b"msf1", b"miaf", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"avif", b"avis"]
)
_HIDDEN = b"skip"  # an item type that no decoder knows


@dataclass(frozen=True, slots=True)
class Still:
    """The primary still picture of a HEIF file, whose boxes were read and whose pixels were not."""

    data: bytes
    """The file up to the last byte of the picture. All else, metadata, thumbnails and films, is hidden in it."""
    price: Price
    colour: Colour | None = None
    """What the file says of the picture's colours; None means sRGB."""


def is_heif(data: bytes) -> bool:
    """Tell a HEIF by its file type box, so no MP4; whether we read what it holds, its items say."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4]), 8 + 4 * 64)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    return not _BRANDS.isdisjoint(brands)


def inspect(data: bytes) -> Still:
    """Price the primary picture of a file and hide all that is not needed for it; raises `Refused`."""
    meta = _meta(data)
    if meta.end - meta.start > MAX_META_BYTES:
        raise Refused(Rejection.BOMB, f"HEIF meta box of {meta.end - meta.start} bytes")
    try:
        found = items(data, meta.start, meta.end)
        price = priced(data, found)
    except (struct.error, IndexError) as exc:
        raise Refused(Rejection.CORRUPT, "HEIF meta box ends inside a field") from exc
    _check_metadata(found, len(data))
    return Still(_bared(data, meta, found, price), price, colr.of_primary(data, found))


def _meta(data: bytes) -> Box:
    seen = set()
    for box in boxes(data, 0, len(data)):
        if box.kind == b"meta":
            return box
        seen.add(box.kind)
    if b"moov" in seen:
        raise Refused(Rejection.UNSUPPORTED_FORMAT, "HEIF of a film alone, without a still picture")
    raise Refused(Rejection.TRUNCATED, "HEIF ends before its meta box")


def _check_metadata(found: Items, available: int) -> None:
    """Refuse items that would grow when read: no photo has them, and a decoder would load them all at once."""
    if found.packed:
        raise Refused(Rejection.BOMB, "HEIF with compressed metadata")
    extents = (item for item, kind in found.kinds.items() if kind not in PICTURES)
    if sum(stop - start for item in extents for start, stop in found.extents.get(item, ())) > available:
        raise Refused(Rejection.BOMB, "HEIF metadata larger than the file")


def _bared(data: bytes, meta: Box, found: Items, price: Price) -> bytes:
    """Return the file up to what the picture needs, of which a decoder sees the picture alone.

    Every byte stays at its place. Bytes behind the picture, a maker's trailer say, are no concern of it.
    """
    needed = max(meta.end, *(stop for item in price.items for _, stop in found.extents[item]))
    top = list(boxes(data, 0, needed, clipped=True))
    if sum(box.kind == b"meta" for box in top) > 1:
        raise Refused(Rejection.CORRUPT, "HEIF with several meta boxes")
    changed = {found.kinds_at[item]: _HIDDEN for item in found.kinds.keys() - price.items}
    changed |= {box.at + 4: b"free" for box in top if box.kind == b"moov"}
    brand = price.format.encode()
    changed |= dict.fromkeys([8, *range(16, top[0].end - 3, 4)], brand)
    if top[-1].kind != b"meta":
        changed[top[-1].at] = bytes(4)  # "to the end of the file"
    bared = bytearray(data[:needed])
    for at, four in changed.items():
        bared[at : at + 4] = four
    return bytes(bared)
