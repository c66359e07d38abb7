"""Read numbers of any number of bits, one after the other, as codecs write their headers."""

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.picture import PhotoRefused

MAX_BYTES = 256  # no header field that we need lies deeper


class Bits:
    """Reads the first `MAX_BYTES` bytes bit by bit; raises `PhotoRefused` beyond their end."""

    def __init__(self, data: bytes) -> None:
        head = data[:MAX_BYTES]
        self._value = int.from_bytes(head)
        self._left = 8 * len(head)

    def read(self, count: int) -> int:
        """Return the next `count` bits as an unsigned number."""
        self._left -= count
        if self._left < 0:
            raise PhotoRefused(Rejection.CORRUPT, "codec header ends inside a field")
        return self._value >> self._left & (1 << count) - 1

    def exponential(self) -> int:
        """Return the next unsigned Exp-Golomb number of up to 32 bits: `ue(v)` of ITU-T H.265, 9.2."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise PhotoRefused(Rejection.CORRUPT, "codec header with a number of more than 32 bits")
        return (1 << zeros) - 1 + self.read(zeros)

    def variable(self) -> int:
        """Return the next `uvlc()` of the AV1 specification, 4.10.3: the same code with at most 32 zeros."""
        return self.exponential()
