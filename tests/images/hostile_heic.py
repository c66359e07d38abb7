"""HEICs built to mislead, to crash or to exhaust a decoder."""

import struct
from collections.abc import Iterator
from functools import cache

from infra.contracts.rejections import Rejection
from tests.images.containers import Heif, Item, box, full_box, ispe
from tests.images.sources import heic, picture

Case = tuple[str, bytes, Rejection]

ALPHA = full_box(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
CLAP = box(b"clap", struct.pack(">8I", 1, 1, 1, 1, 0, 1, 0, 1))  # all but one pixel cropped away
SIDE = 64


def cases() -> Iterator[Case]:
    """Yield name, bytes and expected code."""
    yield from _truncated()
    yield from _corrupt()
    yield from _unsupported()
    yield from _bombs()


@cache
def coded() -> tuple[bytes, bytes]:
    """Return decoder configuration (the `hvcC` box) and coded pixels of a small picture."""
    whole = heic(picture(SIDE, SIDE))
    at = whole.index(b"hvcC") - 4
    return whole[at : at + int.from_bytes(whole[at : at + 4])], whole[whole.index(b"mdat") + 4 :]


def grid(columns: int, rows: int, width: int, height: int) -> bytes:
    """Build the data of a grid item (ISO/IEC 23008-12, 6.6.2.3)."""
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


def _simple(**changes: object) -> Heif:
    configuration, pixels = coded()
    settings = {"items": [Item(1, b"hvc1", pixels, (1, 2))], "properties": [configuration, ispe(SIDE, SIDE)]}
    return Heif(**{**settings, **changes})  # type: ignore[arg-type]


def _truncated() -> Iterator[Case]:
    whole = bytes(_simple())
    yield "heic: file type only", whole[:24], Rejection.TRUNCATED
    yield "heic: cut in meta", whole[:200], Rejection.TRUNCATED
    yield "heic: no pixels", whole[: whole.index(b"mdat") - 4], Rejection.TRUNCATED
    yield "heic: half", whole[: len(whole) // 2], Rejection.TRUNCATED
    yield "heic: one byte short", whole[:-1], Rejection.TRUNCATED
    _, pixels = coded()
    long = Item(1, b"hvc1", b"\x7f\xff\xff\xff" + pixels[4:], (1, 2))
    yield "heic: coded unit longer than the file", bytes(_simple(items=[long])), Rejection.TRUNCATED


def _corrupt() -> Iterator[Case]:
    configuration, _ = coded()
    whole = bytes(_simple())
    yield "heic: pixels of zeros", bytes(_simple(items=[Item(1, b"hvc1", bytes(500), (1, 2))])), Rejection.CORRUPT
    yield "heic: two meta boxes", whole + full_box(b"meta"), Rejection.CORRUPT
    yield "heic: no primary picture", bytes(_simple(leave_out=frozenset([b"pitm"]))), Rejection.CORRUPT
    yield "heic: no locations", bytes(_simple(leave_out=frozenset([b"iloc"]))), Rejection.CORRUPT
    yield "heic: no properties", bytes(_simple(leave_out=frozenset([b"iprp"]))), Rejection.CORRUPT
    yield "heic: no decoder configuration", bytes(_simple(properties=[b"", ispe(SIDE, SIDE)])), Rejection.CORRUPT
    yield "heic: box of size 4", whole[:24] + struct.pack(">I4s", 4, b"free") + whole[24:], Rejection.CORRUPT
    yield (
        "heic: endless associations",
        bytes(_simple(leave_out=frozenset([b"iprp"]), extra=[_endless()])),
        Rejection.CORRUPT,
    )
    yield "heic: size of another picture", bytes(_simple(properties=[configuration, ispe(48, 48)])), Rejection.CORRUPT
    lone = Item(1, b"grid", grid(1, 1, SIDE, SIDE), (2,))
    yield "heic: grid without tiles", bytes(_simple(items=[lone])), Rejection.CORRUPT


def _endless() -> bytes:
    return box(b"iprp", box(b"ipco"), full_box(b"ipma", struct.pack(">I", 2**32 - 1)))


def _unsupported() -> Iterator[Case]:
    _, pixels = coded()
    for kind in (b"av01", b"jpeg", b"unci", b"j2k1", b"iovl", b"iden", b"Exif"):
        item = Item(1, kind, pixels, (1, 2))
        yield f"heic: primary is {kind.decode()}", bytes(_simple(items=[item])), Rejection.UNSUPPORTED_FORMAT
    yield "heic: primary is no item", bytes(_simple(primary=9)), Rejection.UNSUPPORTED_FORMAT
    avif = bytes(_simple(brands=(b"avif", b"mif1", b"avif")))
    yield "heic: called AVIF", avif, Rejection.UNSUPPORTED_FORMAT


def _bombs() -> Iterator[Case]:
    configuration, pixels = coded()
    tile = Item(2, b"hvc1", pixels, (1, 2))
    huge = [configuration, ispe(30_000, 30_000)]
    cropped = Item(1, b"hvc1", pixels, (1, 2, 3))
    yield "heic: 900 MP", bytes(_simple(properties=huge)), Rejection.BOMB
    yield "heic: 900 MP cropped to one pixel", bytes(_simple(items=[cropped], properties=[*huge, CLAP])), Rejection.BOMB
    tiny = [configuration, ispe(8_192, 8_192), ispe(1, 1)]
    repeated = Item(1, b"grid", grid(256, 256, 1, 1), (3,), parts=[2] * 65_535)
    yield "heic: one tile 65,535 times", bytes(_simple(items=[repeated, tile], properties=tiny)), Rejection.BOMB
    circle = [
        Item(1, b"grid", grid(1, 1, 64, 64), (2,), parts=[2]),
        Item(2, b"grid", grid(1, 1, 64, 64), (2,), parts=[1]),
    ]
    yield "heic: grids of each other", bytes(_simple(items=circle)), Rejection.BOMB
    veil = [Item(1, b"hvc1", pixels, (1, 3)), Item(2, b"hvc1", pixels, (1, 2, 4), auxiliary_of=[1])]
    veiled = [configuration, ispe(30_000, 30_000), ispe(SIDE, SIDE), ALPHA]
    yield "heic: 900 MP of transparency", bytes(_simple(items=veil, properties=veiled)), Rejection.BOMB
    notes = [Item(1, b"hvc1", pixels, (1, 2)), *(Item(n, b"mime", pixels) for n in range(2, 900))]
    yield "heic: 898 times the same metadata", bytes(_simple(items=notes, shared=True)), Rejection.BOMB
    packed = [Item(1, b"hvc1", pixels, (1, 2)), Item(2, b"mime", b"\x78\x9c", encoding=b"deflate")]
    yield "heic: compressed metadata", bytes(_simple(items=packed)), Rejection.BOMB
    yield "heic: meta box of 2 MB", bytes(_simple(extra=[box(b"free", bytes(2_000_000))])), Rejection.BOMB
    yield "heic: 10,000 boxes", bytes(_simple()) + box(b"free") * 10_000, Rejection.BOMB
