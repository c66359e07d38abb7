"""HEICs and AVIFs by their boxes: the same picture in any container, turned, tiled, or of ten bits."""

import base64
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from infra.samples.files.containers import Heif, Item, box, full_box, ispe
from infra.samples.files.hostile_heic import SIDE, coded, coded_avif, grid, simple, simple_avif

WHOLE: Mapping[str, Callable[..., Heif]] = {"heic": simple, "avif": simple_avif}
CODED: Mapping[str, Callable[[], tuple[bytes, bytes]]] = {"heic": coded, "avif": coded_avif}
KIND: Mapping[str, bytes] = {"heic": b"hvc1", "avif": b"av01"}
FORMATS = tuple(WHOLE)
ESSENTIAL = 0x80
"""Marks a property that a reader has to know (ISO/IEC 23008-12, 9.3.1); libavif wants it on turns and crops."""

TEN_BITS = base64.b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD5bWV0YQAAAAAAAAAvaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA"
    "AFBpY3R1cmVIYW5kbGVyAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAASEAAABbAAAAKGlpbmYAAAAAAAEA"
    "AAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGppcHJwAAAAS2lwY28AAAAUaXNwZQAAAAAAAABAAAAAMAAAABBwaXhpAAAAAAMK"
    "CgoAAAAMYXYxQ4EATAAAAAATY29scm5jbHgAAgACAAIAAAAAF2lwbWEAAAAAAAAAAQABBAECgwQAAABjbWRhdAoKAAAAAq/3jV8o"
    "CDJNEACkgDDBhggAEH4GtKwPK/NXWiHHdM3TujGP6jDt9s1iKnJWE3CD2hGgNmX+sA8dQBON/bxumpGusWQvnRL9GVxttqUf//Yz"
    "FOhIXkc="
)
"""An AVIF of 10 bits, 64 x 48, by SVT-AV1: a full header, where libaom writes a reduced one. Pillow writes no such."""


def ten_bits() -> npt.NDArray[np.uint8]:
    """Return the picture in `TEN_BITS` as it was before it was coded: red goes right, green down, blue left."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([4 * x, 5 * y, 255 - 4 * x], axis=2).astype(np.uint8)


def turned(format: str, quarters: int, mirror: int | None) -> bytes:
    """Build a picture that is turned by so many quarters against the clock (`irot`), then mirrored (`imir`), or not."""
    configuration, pixels = CODED[format]()
    properties = [configuration, ispe(SIDE, SIDE), box(b"irot", bytes([quarters]))]
    properties += [] if mirror is None else [box(b"imir", bytes([mirror]))]
    essential = [ESSENTIAL | place for place in range(3, len(properties) + 1)]
    item = Item(1, KIND[format], pixels, (1, 2, *essential))
    return bytes(WHOLE[format](items=[item], properties=properties))


def tiled(format: str, columns: int, rows: int, crop: bytes = b"", **changes: object) -> Heif:
    """Build a grid of tiles that are all the same, and stored once."""
    configuration, pixels = CODED[format]()
    width, height = columns * SIDE, rows * SIDE
    numbers = range(2, 2 + columns * rows)
    shown = (3, ESSENTIAL | 4) if crop else (3,)
    whole = Item(1, b"grid", grid(columns, rows, width, height), shown, parts=numbers)
    tiles = [Item(number, KIND[format], pixels, (1, 2)) for number in numbers]
    properties = [configuration, ispe(SIDE, SIDE), ispe(width, height), *([crop] if crop else [])]
    return WHOLE[format](items=[whole, *tiles], properties=properties, shared=True, **changes)


def veiled(format: str, claimed: int = SIDE) -> bytes:
    """Build a picture with a transparency that is called so large."""
    configuration, pixels = CODED[format]()
    alpha = full_box(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
    kind = KIND[format]
    veil = [Item(1, kind, pixels, (1, 2)), Item(2, kind, pixels, (1, 3, 4), auxiliary_of=[1])]
    return bytes(WHOLE[format](items=veil, properties=[configuration, ispe(SIDE, SIDE), ispe(claimed, claimed), alpha]))
