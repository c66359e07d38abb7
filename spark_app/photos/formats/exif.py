"""The one EXIF field that we need: the orientation.

Libraries parse the whole directory; a crafted one makes them read the same 64 KB once per entry. This reads one entry.
Layout: TIFF 6.0 section 2; the orientation is tag 0x0112 of type SHORT (EXIF 2.32, 4.6.4).
"""

import struct

UPRIGHT = 1
_ORIENTATION = 0x0112
_SHORT = 3


def orientation(tiff: bytes) -> int | None:
    """Return the orientation (1 to 8) in the first directory of a TIFF block; None where it is missing or invalid.

    Without one, the caller asks the next block; without any, the photo is `UPRIGHT`. Metadata never decides whether a
    photo is usable, so a broken block is no rejection.
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return None
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return None
    entries = struct.unpack_from(order + "H", tiff, start)[0]
    first = start + 2
    for offset in range(first, min(first + 12 * entries, len(tiff) - 11), 12):
        tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, offset)
        if tag == _ORIENTATION:
            return value if kind == _SHORT and count == 1 and 1 <= value <= 8 else None
    return None
