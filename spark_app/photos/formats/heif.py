"""HEIF, the container of HEIC and AVIF: price the decode before a decoder sees the file, and hide all but the picture.

ISO/IEC 23008-12 (HEIF), 23000-22 (MIAF) and the AVIF specification. The type of the primary item decides the format,
not the brand.
"""

import struct
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats import colr
from spark_app.photos.formats.boxes import Box, boxes
from spark_app.photos.formats.colour import Colour
from spark_app.photos.formats.items import Items, items
from spark_app.photos.formats.picture import PhotoRefused
from spark_app.photos.formats.stills import PICTURES, Price, priced

MAX_META_BYTES = 1_000_000  # the 1,000 items that libheif allows take about 60 KB

_BRANDS = frozenset(
    [b"mif1", b"mif2", b"msf1", b"miaf", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"avif", b"avis"]
)
_HIDDEN = b"skip"  # an item type that no decoder knows


@dataclass(frozen=True, slots=True)
class Still:
    """The primary still picture of a HEIF file: its boxes are read, its pixels are not."""

    data: bytes
    """The file up to the last byte of the picture, with metadata, thumbnails and films hidden."""
    price: Price
    colour: Colour | None = None
    """The colour space that the file states; None means sRGB."""


def is_heif(data: bytes) -> bool:
    """Return whether the file type box is a HEIF's, not an MP4's. The items decide whether we read it."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4]), 8 + 4 * 64)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    return not _BRANDS.isdisjoint(brands)


def inspect(data: bytes) -> Still:
    """Price the primary picture of a file, and hide everything that it does not need; raises `PhotoRefused`."""
    meta = _meta(data)
    if meta.end - meta.start > MAX_META_BYTES:
        raise PhotoRefused(Rejection.BOMB, f"HEIF meta box of {meta.end - meta.start} bytes")
    try:
        found = items(data, meta.start, meta.end)
        price = priced(data, found)
    except (struct.error, IndexError) as exc:
        raise PhotoRefused(Rejection.CORRUPT, "HEIF meta box ends inside a field") from exc
    _check_metadata(found, len(data))
    return Still(_picture_alone(data, meta, found, price), price, colr.of_primary(data, found))


def _meta(data: bytes) -> Box:
    seen = set()
    for box in boxes(data, 0, len(data)):
        if box.kind == b"meta":
            return box
        seen.add(box.kind)
    if b"moov" in seen:
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, "HEIF of a film alone, without a still picture")
    raise PhotoRefused(Rejection.TRUNCATED, "HEIF ends before its meta box")


def _check_metadata(found: Items, available: int) -> None:
    """Refuse metadata that would grow when read: no photo has such, and a decoder would load all of it at once."""
    if found.packed:
        raise PhotoRefused(Rejection.BOMB, "HEIF with compressed metadata")
    extents = (item for item, kind in found.kinds.items() if kind not in PICTURES)
    if sum(stop - start for item in extents for start, stop in found.extents.get(item, ())) > available:
        raise PhotoRefused(Rejection.BOMB, "HEIF metadata larger than the file")


def _picture_alone(data: bytes, meta: Box, found: Items, price: Price) -> bytes:
    """Return the file up to the last byte of the picture, changed so that a decoder sees the picture alone.

    Every kept byte stays at its place. Bytes behind the picture, such as a maker's trailer, are dropped.
    """
    needed = max(meta.end, *(stop for item in price.items for _, stop in found.extents[item]))
    top = list(boxes(data, 0, needed, clipped=True))
    if sum(box.kind == b"meta" for box in top) > 1:
        raise PhotoRefused(Rejection.CORRUPT, "HEIF with several meta boxes")
    changed = {found.kinds_at[item]: _HIDDEN for item in found.kinds.keys() - price.items}
    changed |= {box.at + 4: b"free" for box in top if box.kind == b"moov"}
    brand = price.format.encode()
    changed |= dict.fromkeys([8, *range(16, top[0].end - 3, 4)], brand)
    if top[-1].kind != b"meta":
        changed[top[-1].at] = bytes(4)  # "to the end of the file"
    alone = bytearray(data[:needed])
    for at, four in changed.items():
        alone[at : at + 4] = four
    return bytes(alone)
