"""Decode the compressed rows of a PNG, and find out whether they are all there."""

import zlib

from PIL.PngImagePlugin import PngImageFile

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.feed import Feed
from spark_app.photos.formats.mend import mirror
from spark_app.photos.formats.picture import PhotoRefused
from spark_app.photos.formats.png import Png

_IN, _OUT = 1 << 16, 1 << 20  # compressed and uncompressed bytes at a time
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of each interlace pass: first column, first row, step of columns, step of rows (PNG, 8.1)."""


def load(image: PngImageFile, data: bytes, picture: Png, sliver: float) -> bool:
    """Decode into an image opened with `picture.data`; return whether at most `sliver` of its rows are missing.

    Raises `PhotoRefused` where more is missing, or the stream is broken. An interlaced PNG must be complete: its last
    rows lie between all others.
    """
    with Feed(image) as feed:
        for begin, end in picture.pieces:
            feed.take(memoryview(data)[begin:end])
            if feed.finished:
                break
        if feed.finished and not picture.interlaced and _has_last_row(image):
            return False
    expected = _uncompressed_bytes(picture)
    found = _stored(data, picture, expected)
    if expected - found > (0 if picture.interlaced else sliver * expected):
        raise PhotoRefused(Rejection.TRUNCATED, f"PNG with {found} of the {expected} bytes of its rows")
    if found < expected:
        mirror(image, 0, found * picture.height // expected, picture.height)
    return found < expected


def _has_last_row(image: PngImageFile) -> bool:
    """Return whether the last row holds more than zeros, which unwritten memory holds."""
    return any(image.crop((0, image.height - 1, image.width, image.height)).tobytes())


def _uncompressed_bytes(picture: Png) -> int:
    """Return the bytes of all rows, filter bytes included (PNG, 7.2 and 8)."""
    steps = _PASSES if picture.interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(picture.width - x) // dx), -(-(picture.height - y) // dy)) for x, y, dx, dy in steps)
    return sum(rows * (1 + -(-columns * picture.row_bits // 8)) for columns, rows in sizes if columns > 0 < rows)


def _stored(data: bytes, picture: Png, enough: int) -> int:
    """Return how many bytes of rows the file holds, up to `enough`, by inflating them again."""
    inflate, found = zlib.decompressobj(), 0
    for begin, end in picture.pieces:
        for start in range(begin, end, _IN):
            waiting: bytes = data[start : min(end, start + _IN)]
            while waiting and found < enough and not inflate.eof:
                try:
                    found += len(inflate.decompress(waiting, _OUT))
                except zlib.error:
                    return found
                waiting = inflate.unconsumed_tail
    return found
