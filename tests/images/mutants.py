"""Good photos with seeded damage: 500 of each format."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator

from tests.images.containers import PNG_SIGNATURE
from tests.images.hostile import good_files

PER_FORMAT = 500
FORMATS = ("jpeg", "png", "webp", "heic")
EXTREMES = (b"\0", b"\xff", b"\x7f\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")

Damage = Callable[[random.Random, bytearray], None]


def mutants(seed: int = 20_260_101) -> Iterator[bytes]:
    """Yield each mutant, format by format; the same seed gives the same mutants."""
    for format in FORMATS:
        originals = [file.data for file in good_files() if file.format == format]
        for number in range(PER_FORMAT):
            chance = random.Random(f"{seed} {format} {number}")
            yield mutant(chance, chance.choice(originals), format)


def mutant(chance: random.Random, original: bytes, format: str) -> bytes:
    """Damage a photo one to five times; in half of the cases mend checksums and sizes."""
    damaged = bytearray(original)
    for _ in range(chance.randint(1, 5)):
        chance.choice(DAMAGES)(chance, damaged)
    if chance.random() < 0.5:
        return bytes(damaged)
    if format == "png":
        return mended_png(bytes(damaged))
    if format == "webp":
        return bytes(damaged[:4]) + struct.pack("<I", max(len(damaged) - 8, 0)) + bytes(damaged[8:])
    return bytes(damaged)


def _place(chance: random.Random, data: bytearray) -> int:
    """Choose a place, half of the time in the header, where most decisions are taken."""
    return chance.randrange(min(len(data), 700) if chance.random() < 0.5 else len(data))


def _flip(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.randint(1, 16)):
        data[_place(chance, data)] ^= 1 << chance.randrange(8)


def _overwrite(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    run = chance.randbytes(chance.randint(1, 32))
    data[at : at + len(run)] = run[: len(data) - at]


def _extreme(chance: random.Random, data: bytearray) -> None:
    at, value = _place(chance, data), chance.choice(EXTREMES)
    data[at : at + len(value)] = value[: len(data) - at]


def _delete(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    del data[at : min(at + chance.randint(1, 200), len(data) - 1)]


def _repeat(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at:at] = data[at : at + chance.randint(1, 400)] * chance.randint(1, 4)


def _insert(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at:at] = chance.randbytes(chance.randint(1, 64))


def _move(chance: random.Random, data: bytearray) -> None:
    start, to = _place(chance, data), _place(chance, data)
    piece = data[start : start + chance.randint(1, 100)]
    data[to : to + len(piece)] = piece[: len(data) - to]


DAMAGES: list[Damage] = [_flip, _overwrite, _extreme, _delete, _repeat, _insert, _move]


def mended_png(data: bytes) -> bytes:
    """Give every chunk of a damaged PNG its right checksum, as far as its lengths make sense."""
    mended, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position + 12 <= len(data):
        end = position + 8 + int.from_bytes(data[position : position + 4])
        if end + 4 > len(data):
            break
        mended.append(data[position:end] + struct.pack(">I", zlib.crc32(data[position + 4 : end])))
        position = end + 4
    return b"".join(mended) + data[position:]
