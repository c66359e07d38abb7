"""The `colr` boxes of a HEIF file's primary picture (ISO/IEC 14496-12, 12.1.5; ISO/IEC 23008-12, 6.5.5).

Apart from `items`, which serves the price of a decode: nothing here refuses a photo.
"""

import struct

from spark_app.photos.formats.colour import Colour, of_colr
from spark_app.photos.formats.items import Items
from spark_app.photos.formats.picture import Refused


def of_primary(data: bytes, found: Items) -> Colour | None:
    """Return what the file says of its primary picture's colours, None where that is nothing or broken.

    What a grid does not say itself its first tile says, as libheif has it: a grid is made of its tiles' pixels.
    """
    owners = (found.primary, *found.parts.get(found.primary, ())[:1])
    places = [found.properties[index] for owner in owners for index in found.of(owner, b"colr")]
    try:
        return of_colr([data[box.start : box.end] for box in places])
    except (Refused, struct.error, IndexError, KeyError):
        return None
