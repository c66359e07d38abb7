"""What every format module answers: a picture to decode, or a refusal with its code."""

from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.colour import Colour

SLIVER = 0.002
"""Share of a picture that may be missing: measured in `docs/reading-photos.md`."""


class Refused(Exception):
    """The bytes are refused before decoding: an answer, which never leaves `images.decode`."""

    def __init__(self, code: Rejection, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose container was read, and whose pixels were not."""

    data: bytes
    """The container without metadata, animation and trailing bytes, where the format lets us drop them."""
    width: int
    """Columns as stored, before orientation."""
    height: int
    """Rows as stored, before orientation."""
    orientation: int = 1
    """EXIF orientation, 1 to 8, still to be applied."""
    working_bytes: int = 0
    """Memory the decoder needs beside the pixels themselves (a progressive JPEG's coefficients)."""
    passes: int = 1
    """How often the decoder walks over all pixels (a progressive JPEG's scans)."""
    colour: Colour | None = None
    """What the container says of the colours; None means sRGB."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height


def without_zeros(data: bytes, begin: int, end: int) -> int:
    """Return where `data[begin:end]` ends without its trailing zeros: a preallocated file goes on with nothing else."""
    while end > begin:
        start = max(begin, end - 65_536)
        kept = data[start:end].rstrip(b"\0")
        if kept:
            return start + len(kept)
        end = start
    return begin
