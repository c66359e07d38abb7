"""The `colr` boxes of a HEIF file's primary picture (ISO/IEC 14496-12, 12.1.5; ISO/IEC 23008-12, 6.5.5).

Apart from `items`, which serves the price of a decode: this module never refuses a photo.
"""

import struct

from spark_app.photos.formats.colour import Colour, of_colr
from spark_app.photos.formats.items import Items
from spark_app.photos.formats.picture import PhotoRefused


def of_primary(data: bytes, found: Items) -> Colour | None:
    """Return the colour space of the primary picture, None where the file states none or is broken.

    Like libheif, this takes the colour space of the first tile where a grid states none: the tiles make its pixels.
    """
    owners = (found.primary, *found.parts.get(found.primary, ())[:1])
    places = [found.properties[index] for owner in owners for index in found.of(owner, b"colr")]
    try:
        return of_colr([data[box.start : box.end] for box in places])
    except (PhotoRefused, struct.error, IndexError, KeyError):
        return None
