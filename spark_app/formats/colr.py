"""The `colr` boxes of a HEIF file's primary picture (ISO/IEC 14496-12, 12.1.5; ISO/IEC 23008-12, 6.5.5).

Apart from `boxes`, which prices a decode: colours are asked for after that, and nothing here refuses a photo.
"""

import struct

from spark_app.formats.boxes import _associations, boxes, items
from spark_app.formats.colour import Colour, of_colr
from spark_app.formats.picture import Refused


def of_primary(data: bytes) -> Colour | None:
    """Return what the file says of its primary picture's colours, None where that is nothing or broken.

    What a grid does not say itself its first tile says, as libheif has it: a grid is made of its tiles' pixels.
    """
    try:
        start, end = _body(data, 0, len(data), b"meta")
        found = items(data, start, end)
        iprp = _body(data, start + 4, end, b"iprp")
        owners = (found.primary, *found.parts.get(found.primary, ())[:1])
        return of_colr([body for owner in owners for body in _colours(data, *iprp, owner)])
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
