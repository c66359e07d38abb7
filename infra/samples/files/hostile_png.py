"""PNGs built to mislead, to crash or to exhaust a decoder."""

import struct
from collections.abc import Iterator

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import PNG_SIGNATURE, before_idat, chunk, png
from infra.samples.files.sources import encoded, picture

Case = tuple[str, bytes, Rejection]

GREY, RGB, PALETTE = 0, 2, 3
ROWS = bytes(9 * 8)  # 8 x 8 grey, unfiltered


def cases() -> Iterator[Case]:
    """Yield name, bytes and expected code."""
    yield from _truncated()
    yield from _corrupt()
    yield from _bombs()


def _png() -> bytes:
    return encoded(picture(), "PNG")


def _truncated() -> Iterator[Case]:
    whole = _png()
    yield "png: signature only", PNG_SIGNATURE, Rejection.TRUNCATED
    yield "png: half", whole[: len(whole) // 2], Rejection.TRUNCATED
    yield "png: too few rows", png(8, 8, 8, GREY, ROWS[:-20]), Rejection.TRUNCATED
    yield "png: half of its rows", png(8, 8, 8, GREY, ROWS[:36]), Rejection.TRUNCATED
    yield "png: half of its rows, all white", png(8, 8, 8, GREY, (b"\0" + b"\xff" * 8) * 4), Rejection.TRUNCATED
    yield "png: half, interlaced", png(8, 8, 8, GREY, ROWS[:36], interlace=1), Rejection.TRUNCATED
    yield "png: half, and zeros", whole[: len(whole) // 2].ljust(len(whole), b"\0"), Rejection.TRUNCATED
    yield "png: chunk of 2 GB", before_idat(whole, b"\x7f\xff\xff\xfftEXt"), Rejection.TRUNCATED


def _corrupt() -> Iterator[Case]:
    whole = _png()
    idat = whole.index(b"IDAT") + 4
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, GREY, 0, 0, 0))
    end = chunk(b"IEND")
    flipped = bytes([whole[idat + 500] ^ 1])
    yield "png: one bit of the pixels flipped", whole[: idat + 500] + flipped + whole[idat + 501 :], Rejection.CORRUPT
    yield "png: header with a wrong checksum", whole[:29] + b"\0\0\0\0" + whole[33:], Rejection.CORRUPT
    yield "png: header not first", PNG_SIGNATURE + chunk(b"tEXt", b"a\0b") + whole[8:], Rejection.CORRUPT
    yield "png: two headers", whole[:33] + whole[8:], Rejection.CORRUPT
    yield "png: short header", PNG_SIGNATURE + chunk(b"IHDR", b"\0\0\0\1") + end, Rejection.CORRUPT
    yield "png: no pixels", PNG_SIGNATURE + header + end, Rejection.CORRUPT
    yield "png: no width", png(0, 8, 8, GREY, ROWS), Rejection.CORRUPT
    yield "png: no height", png(8, 0, 8, GREY, ROWS), Rejection.CORRUPT
    yield "png: impossible depth", png(8, 8, 5, GREY, ROWS), Rejection.CORRUPT
    yield "png: impossible colour type", png(8, 8, 8, 7, ROWS), Rejection.CORRUPT
    yield "png: impossible row filter", png(8, 8, 8, GREY, b"\x09" * len(ROWS)), Rejection.CORRUPT
    yield "png: pixels not compressed", PNG_SIGNATURE + header + chunk(b"IDAT", b"fruit") + end, Rejection.CORRUPT
    yield "png: chunk type of control characters", before_idat(whole, chunk(b"\0\1\2\3")), Rejection.CORRUPT
    yield "png: transparency too short", png(8, 8, 8, RGB, bytes(25 * 8), chunk(b"tRNS", b"\0")), Rejection.CORRUPT


def _bombs() -> Iterator[Case]:
    """Yield what costs a parser a little more than we allow: what pixels may cost is in `test_limits`."""
    yield "png: 20,000 empty chunks", before_idat(_png(), chunk(b"tEXt") * 20_000), Rejection.BOMB
    yield "png: 20,000 empty pixel chunks", before_idat(_png(), chunk(b"IDAT") * 20_000), Rejection.BOMB


def vast_header() -> bytes:
    """Return a PNG that claims a little more than we read, and ends where its pixels should begin."""
    header = struct.pack(">IIBBBBB", 12_000, 8_500, 8, GREY, 0, 0, 0)
    return PNG_SIGNATURE + chunk(b"IHDR", header) + struct.pack(">I4s", 2**20, b"IDAT")
