"""What the codec's own headers say of a coded picture; its container may claim something else."""

from collections.abc import Iterable
from dataclasses import dataclass

MONOCHROME, HALVED = 0, 1  # 4:0:0 and 4:2:0; 2 and 3 are 4:2:2 and 4:4:4


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """The size and the sample format of one coded frame."""

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
class CodedPicture:
    """What a decoder must work through to decode some coded bytes."""

    frames: int
    """Number of frames: a decoder works through all of them, though it shows one."""
    headers: tuple[CodedFrame, ...]
    """The frame that each sequence header describes."""
    units: int
    """Number of units that the bytes consist of."""


def largest(frames: Iterable[CodedFrame]) -> CodedFrame | None:
    """Return a frame of the most pixels, finest sampling and greatest depth among them; None without frames."""
    found = list(frames)
    if not found:
        return None
    biggest = max(found, key=lambda frame: frame.pixels)
    chroma, depth = max(frame.chroma for frame in found), max(frame.depth for frame in found)
    return CodedFrame(biggest.width, biggest.height, chroma, depth)
