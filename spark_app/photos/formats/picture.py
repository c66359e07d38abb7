"""The results of every format module: a picture to decode, or a refusal with its code."""

from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import Colour

SLIVER = 0.002
"""Share of a picture that may be missing, 0 to 1; measured in `docs/reading-photos.md`."""


class PhotoRefused(Exception):
    """The photo is refused before it is decoded. `images.decode` turns this into a `Rejected`."""

    def __init__(self, code: Rejection, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its container is read, its pixels are not."""

    data: bytes
    """The container without metadata, animation and trailing bytes, as far as the format allows."""
    width: int
    """Columns as stored, before the orientation is applied."""
    height: int
    """Rows as stored, before the orientation is applied."""
    orientation: int = 1
    """EXIF orientation, 1 to 8, still to be applied."""
    working_bytes: int = 0
    """Memory that the decoder needs beside the pixels (such as the coefficients of a progressive JPEG)."""
    passes: int = 1
    """How often the decoder visits all pixels (the scans of a progressive JPEG)."""
    colour: Colour | None = None
    """The colour space that the container states; None means sRGB."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height


def without_zeros(data: bytes, begin: int, end: int) -> int:
    """Return the end of `data[begin:end]` without trailing zeros, with which a preallocated file is filled up."""
    while end > begin:
        start = max(begin, end - 65_536)
        kept = data[start:end].rstrip(b"\0")
        if kept:
            return start + len(kept)
        end = start
    return begin
