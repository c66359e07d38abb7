"""What a codec's own headers say of a coded picture, whatever the container around it claims."""

from collections.abc import Iterable
from dataclasses import dataclass

MONOCHROME, HALVED = 0, 1  # 4:0:0 and 4:2:0; 2 and 3 are 4:2:2 and 4:4:4


@dataclass(frozen=True, slots=True)
class Frame:
    """The size and the kind of one coded frame."""

    width: int
    height: int
    chroma: int
    """`chroma_format_idc`: 0 monochrome, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4."""
    depth: int
    """Bits of a sample."""

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Coded:
    """What decoding some coded bytes comes to."""

    frames: int
    """How many pictures they hold: a decoder works through all of them, though one is shown."""
    headers: tuple[Frame, ...]
    """What each sequence header among them says."""
    units: int
    """How many units they are made of."""


def largest(frames: Iterable[Frame]) -> Frame | None:
    """Return one frame as large, as finely sampled and as deep as any of them; None of none."""
    found = list(frames)
    if not found:
        return None
    biggest = max(found, key=lambda frame: frame.pixels)
    chroma, depth = max(frame.chroma for frame in found), max(frame.depth for frame in found)
    return Frame(biggest.width, biggest.height, chroma, depth)
