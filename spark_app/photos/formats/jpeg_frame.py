"""The frame and scan headers of a JPEG: sizes, contents of a scan, what later scans must add (T.81, B.2.2, B.2.3)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.picture import PhotoRefused

_SOF0, _PROGRESSIVE = 0xC0, 0xC2
_READ = frozenset([_SOF0, 0xC1, _PROGRESSIVE])  # Huffman coding only: baseline, extended, progressive
_ALL = (1 << 64) - 1

RAW = 1  # bits of a block in a scan that refines DC: they are not coded (G.1.2.1.1)


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """A frame header."""

    progressive: bool
    width: int
    height: int
    sampling: Mapping[int, tuple[int, int]]
    """Horizontal and vertical sampling factor (1 to 4) of each component."""

    @property
    def coefficient_bytes(self) -> int:
        """Memory of all coefficients, 2 bytes each, which a decoder keeps where one scan does not hold all of them."""
        factors = self.sampling.values()
        largest = max(h for h, _ in factors) * max(v for _, v in factors)
        return 2 * (self.width * self.height * sum(h * v for h, v in factors) // largest)

    def blocks(self, components: bytes) -> tuple[int, int, tuple[int, int]]:
        """Return a scan's number of MCUs, the blocks in each, and an MCU's (width, height) in pixels (A.2)."""
        most_h, most_v = (max(pair[axis] for pair in self.sampling.values()) for axis in (0, 1))
        if len(components) > 1:
            blocks, width, height = sum(h * v for h, v in map(self.sampling.__getitem__, components)), most_h, most_v
        else:
            h, v = self.sampling[components[0]]
            blocks, width, height = 1, most_h // h, most_v // v
        size = 8 * width, 8 * height
        return -(-self.width // size[0]) * -(-self.height // size[1]), blocks, size


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: the segments before it, and begin and end of its coded pixels in the file."""

    head: bytes
    """The segments that a decoder needs; the scan header is the last."""
    begin: int
    end: int
    mcus: int
    blocks: int
    """Blocks of 8 x 8 in one MCU."""
    mcu_size: tuple[int, int]
    """Width and height of an MCU in pixels."""
    interval: int
    """MCUs between restart markers; 0 where there are none."""
    bits: int
    """Ones that a block consumes. They are no Huffman code: libjpeg gives a code up at its 17th bit."""

    @property
    def restarts(self) -> int:
        """Number of restart markers that the scan must hold (E.1.4)."""
        return (self.mcus - 1) // self.interval if self.interval and self.mcus else 0


def frame_of(marker: int, body: bytes) -> JpegFrame:
    """Read a frame header by its marker and body; raises `PhotoRefused`."""
    if marker not in _READ:
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, f"JPEG coding process SOF{marker - _SOF0}")
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise PhotoRefused(Rejection.CORRUPT, "JPEG frame header of impossible length")
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    if precision != 8 or components not in (1, 3, 4):
        raise PhotoRefused(Rejection.UNSUPPORTED_FORMAT, f"JPEG with {components} components of {precision} bits")
    sampling = {name: (factors >> 4, factors & 15) for name, factors in zip(body[6::3], body[7::3], strict=True)}
    if not width or not height or any(not 1 <= s <= 4 for pair in sampling.values() for s in pair):
        raise PhotoRefused(Rejection.CORRUPT, "JPEG frame header with impossible values")
    return JpegFrame(marker == _PROGRESSIVE, width, height, sampling)


def scan_of(frame: JpegFrame, head: bytes, header: bytes, interval: int, place: tuple[int, int]) -> Scan:
    """Return the scan of a scan header; `place` is begin and end of its coded pixels. Raises `PhotoRefused`."""
    if len(header) < 4 or len(header) != 4 + 2 * header[0]:
        raise PhotoRefused(Rejection.CORRUPT, "JPEG scan header of impossible length")
    components = _components(header)
    if not components or not set(components) <= frame.sampling.keys():
        raise PhotoRefused(Rejection.CORRUPT, "JPEG scan of components that are not there")
    refines_dc = frame.progressive and header[-3] == 0 and header[-1] >> 4 > 0
    bits = RAW if refines_dc else 17 if frame.progressive else 34  # sequential: one code for DC, one for AC
    mcus, blocks, mcu_size = frame.blocks(components)
    return Scan(head, place[0], place[1], mcus, blocks, mcu_size, interval, bits)


def _components(header: bytes) -> bytes:
    return header[1 : 1 + 2 * header[0] : 2]


class Coverage:
    """The coefficients of each component that scans have given to the last bit."""

    def __init__(self, frame: JpegFrame) -> None:
        self._progressive = frame.progressive
        self._complete = dict.fromkeys(frame.sampling, 0)

    def add(self, header: bytes) -> bool:
        """Add a scan by its header; return whether all coefficients are complete (G.1.1.1)."""
        first, last, low = (header[-3], header[-2], header[-1] & 15) if self._progressive else (0, 63, 0)
        if low == 0:
            coefficients = _ALL >> (63 - min(last, 63)) & ~((1 << first) - 1)
            for component in _components(header):
                self._complete[component] |= coefficients
        return all(complete == _ALL for complete in self._complete.values())
