"""The `colr` boxes of a HEIF file's primary picture (ISO/IEC 14496-12, 12.1.5; ISO/IEC 23008-12, 6.5.5).

Apart from `boxes`, which prices a decode: colours are asked for after that, and nothing here refuses a photo.
"""

import struct

from spark_app.formats.boxes import _associations, boxes, items
from spark_app.formats.colour import Colour, Icc, of_colr
from spark_app.formats.picture import Refused


def of_primary(data: bytes) -> Colour | None:
    """Return what the file says of its primary picture's colours, None where that is nothing or broken.

    What a grid does not say itself its first tile says, as libheif has it: a grid is made of its tiles' pixels.
    """
    try:
        start, end = _body(data, 0, len(data), b"meta")
        inside = {kind: (at, stop) for kind, at, stop in boxes(data, start + 4, end)}
        at = inside[b"pitm"][0]
        primary = int.from_bytes(data[at + 4 : at + (8 if data[at] else 6)])
        said = _colours(data, *inside[b"iprp"], primary)
        if not isinstance(of_colr(said), Icc):
            for tile in items(data, start, end).parts.get(primary, ())[:1]:
                said += _colours(data, *inside[b"iprp"], tile)
        return of_colr(said)
    except (Refused, struct.error, IndexError, KeyError):
        return None


def _body(data: bytes, begin: int, end: int, wanted: bytes) -> tuple[int, int]:
    """Return begin and end of the body of the first box of a kind; KeyError where there is none."""
    for kind, start, stop in boxes(data, begin, end):
        if kind == wanted:
            return start, stop
    raise KeyError(wanted)


def _colours(data: bytes, begin: int, end: int, item: int) -> list[bytes]:
    """Return the bodies of the `colr` properties of an item, out of `iprp`."""
    owned: set[int] = set()
    properties: list[tuple[bytes, int, int]] = []
    for kind, start, stop in boxes(data, begin, end):
        if kind == b"ipco":
            properties = list(boxes(data, start, stop))
        elif kind == b"ipma":
            owned |= {index for owner, index in _associations(data, start) if owner == item}
    numbered = enumerate(properties, 1)
    return [data[start:stop] for index, (kind, start, stop) in numbered if kind == b"colr" and index in owned]
