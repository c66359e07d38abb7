"""Good photos with seeded damage: 500 of each format.

No mutant is kept as a file, and none may do harm: all are decoded with nothing in front of the decoders either
(`test_damaged_files`), which raise errors and no more. A seed whose mutants did more would not be kept.
"""

import random
import zlib
from collections.abc import Callable, Iterator, Sequence

from infra.samples.files.containers import PNG_SIGNATURE, chunk
from infra.samples.files.hostile import good_files

SEED = 20_260_101
PER_FORMAT = 500
CAREFUL = 36  # bytes of signatures and sizes that careful damage leaves alone
FORMATS = ("jpeg", "png", "webp", "heic", "avif")
EXTREMES = (b"\0", b"\xff", b"\x7f\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")

Damage = Callable[[random.Random, bytearray], None]


def mutants(seed: int = SEED) -> Iterator[bytes]:
    """Yield each mutant, format by format; the same seed gives the same mutants."""
    for format in FORMATS:
        originals = [file.data for file in good_files() if file.format == format]
        for number in range(PER_FORMAT):
            chance = random.Random(f"{seed} {format} {number}")
            yield mutant(chance, chance.choice(originals), format)


def mutant(chance: random.Random, original: bytes, format: str) -> bytes:
    """Damage a photo: half of the time anywhere and anyhow, half of the time so that the first checks let it pass."""
    if chance.random() < 0.5:
        return _damaged(chance, original, DAMAGES)
    if format == "png":
        return _careful_png(chance, original)
    return original[:CAREFUL] + _damaged(chance, original[CAREFUL:], SAME_LENGTH)


def _damaged(chance: random.Random, data: bytes, damages: Sequence[Damage]) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        chance.choice(damages)(chance, damaged)
    return bytes(damaged)


def _careful_png(chance: random.Random, original: bytes) -> bytes:
    """Damage the body of one chunk, pixels before or after compression, and mend lengths and checksums."""
    chunks, position = [], len(PNG_SIGNATURE)
    while position < len(original):
        end = position + 8 + int.from_bytes(original[position : position + 4])
        chunks.append((original[position + 4 : position + 8], original[position + 8 : end]))
        position = end + 4
    hit = chance.choice([number for number, (_, body) in enumerate(chunks) if body])
    kind, body = chunks[hit]
    if kind == b"IDAT" and len([1 for kind, _ in chunks if kind == b"IDAT"]) == 1 and chance.random() < 0.5:
        body = zlib.compress(_damaged(chance, zlib.decompress(body), DAMAGES))
    else:
        body = _damaged(chance, body, SAME_LENGTH)
    chunks[hit] = kind, body
    return PNG_SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


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


SAME_LENGTH: list[Damage] = [_flip, _overwrite, _extreme, _move]
DAMAGES: list[Damage] = [*SAME_LENGTH, _delete, _repeat, _insert]
