"""HEICs and AVIFs built to mislead. Each is small, and a bare libheif or libavif reads or refuses it in milliseconds.

What decoding costs is guarded with lowered limits, in `test_heif_guards.py`.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import Heif, Item, box, full_box, ispe
from infra.samples.files.hevc_headers import resized
from infra.samples.files.sources import encoded, heic, picture

Case = tuple[str, bytes, Rejection]

ALPHA = full_box(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
CLAP = box(b"clap", struct.pack(">8I", 1, 1, 1, 1, 0, 1, 0, 1))  # all but one pixel cropped away
SIDE = 64


def cases() -> Iterator[Case]:
    """Yield name, bytes and expected code."""
    yield from _truncated()
    yield from _corrupt()
    yield from _unsupported()
    yield from _avifs()
    yield from _bombs()


@cache
def coded_avif() -> tuple[bytes, bytes]:
    """Return decoder configuration (the `av1C` box) and coded pixels of a small picture."""
    whole = encoded(picture(SIDE, SIDE), "AVIF")
    at = whole.index(b"av1C") - 4
    return whole[at : at + int.from_bytes(whole[at : at + 4])], whole[whole.index(b"mdat") + 4 :]


@cache
def coded() -> tuple[bytes, bytes]:
    """Return decoder configuration (the `hvcC` box) and coded pixels of a small picture."""
    whole = heic(picture(SIDE, SIDE))
    at = whole.index(b"hvcC") - 4
    return whole[at : at + int.from_bytes(whole[at : at + 4])], whole[whole.index(b"mdat") + 4 :]


def grid(columns: int, rows: int, width: int, height: int) -> bytes:
    """Build the data of a grid item (ISO/IEC 23008-12, 6.6.2.3)."""
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


def simple_avif(**changes: object) -> Heif:
    """Build an AVIF of one picture."""
    configuration, pixels = coded_avif()
    settings = {"items": [Item(1, b"av01", pixels, (1, 2))], "properties": [configuration, ispe(SIDE, SIDE)]}
    return Heif(**{"brands": (b"avif", b"mif1", b"avif"), **settings, **changes})  # type: ignore[arg-type]


def simple(**changes: object) -> Heif:
    """Build a HEIC of one picture."""
    configuration, pixels = coded()
    settings = {"items": [Item(1, b"hvc1", pixels, (1, 2))], "properties": [configuration, ispe(SIDE, SIDE)]}
    return Heif(**{**settings, **changes})  # type: ignore[arg-type]


def _truncated() -> Iterator[Case]:
    whole = bytes(simple())
    yield "heic: file type only", whole[:24], Rejection.TRUNCATED
    yield "heic: cut in meta", whole[:200], Rejection.TRUNCATED
    yield "heic: no pixels", whole[: whole.index(b"mdat") - 4], Rejection.TRUNCATED
    yield "heic: half", whole[: len(whole) // 2], Rejection.TRUNCATED
    yield "heic: one byte short", whole[:-1], Rejection.TRUNCATED
    _, pixels = coded()
    long = Item(1, b"hvc1", b"\x7f\xff\xff\xff" + pixels[4:], (1, 2))
    yield "heic: coded unit longer than the file", bytes(simple(items=[long])), Rejection.TRUNCATED


def _corrupt() -> Iterator[Case]:
    configuration, _ = coded()
    whole = bytes(simple())
    yield "heic: pixels of zeros", bytes(simple(items=[Item(1, b"hvc1", bytes(500), (1, 2))])), Rejection.TRUNCATED
    yield "heic: two meta boxes", bytes(simple(between=full_box(b"meta"))), Rejection.CORRUPT
    yield "heic: two lists of items", bytes(simple(extra=[full_box(b"iinf", bytes(2))])), Rejection.CORRUPT
    yield "heic: no primary picture", bytes(simple(leave_out=frozenset([b"pitm"]))), Rejection.CORRUPT
    yield "heic: no locations", bytes(simple(leave_out=frozenset([b"iloc"]))), Rejection.CORRUPT
    yield "heic: no properties", bytes(simple(leave_out=frozenset([b"iprp"]))), Rejection.CORRUPT
    yield "heic: no decoder configuration", bytes(simple(properties=[b"", ispe(SIDE, SIDE)])), Rejection.CORRUPT
    yield "heic: box of size 4", whole[:24] + struct.pack(">I4s", 4, b"free") + whole[24:], Rejection.CORRUPT
    yield (
        "heic: endless associations",
        bytes(simple(leave_out=frozenset([b"iprp"]), extra=[_endless()])),
        Rejection.CORRUPT,
    )
    yield "heic: size of another picture", bytes(simple(properties=[configuration, ispe(48, 48)])), Rejection.CORRUPT
    lone = Item(1, b"grid", grid(1, 1, SIDE, SIDE), (2,))
    yield "heic: grid without tiles", bytes(simple(items=[lone])), Rejection.CORRUPT
    tile = Item(2, b"hvc1", coded()[1], (1, 2))
    few = Item(1, b"grid", grid(2, 1, 2 * SIDE, SIDE), (2,), parts=[2])
    yield "heic: grid of too few tiles", bytes(simple(items=[few, tile])), Rejection.CORRUPT
    yield "heic: grid cut short", bytes(simple(items=[replace(few, data=b"\0\0\0"), tile])), Rejection.CORRUPT


def _endless() -> bytes:
    return box(b"iprp", box(b"ipco"), full_box(b"ipma", struct.pack(">I", 2**32 - 1)))


def _unsupported() -> Iterator[Case]:
    _, pixels = coded()
    for kind in (b"jpeg", b"unci", b"j2k1", b"iovl", b"iden", b"Exif"):
        item = Item(1, kind, pixels, (1, 2))
        yield f"heic: primary is {kind.decode()}", bytes(simple(items=[item])), Rejection.UNSUPPORTED_FORMAT
    yield "heic: primary is no item", bytes(simple(primary=9)), Rejection.UNSUPPORTED_FORMAT
    jpegs = [Item(1, b"grid", grid(1, 1, SIDE, SIDE), (2,), parts=[2]), Item(2, b"jpeg", pixels, (2,))]
    yield "heic: grid of JPEGs", bytes(simple(items=jpegs)), Rejection.UNSUPPORTED_FORMAT
    mixed = [replace(jpegs[0], parts=[2, 3], data=grid(2, 1, 2 * SIDE, SIDE))]
    mixed += [Item(2, b"hvc1", pixels, (1, 2)), Item(3, b"av01", coded_avif()[1], (3, 2))]
    properties = [coded()[0], ispe(SIDE, SIDE), coded_avif()[0]]
    yield "heic: grid of two codecs", bytes(simple(items=mixed, properties=properties)), Rejection.UNSUPPORTED_FORMAT
    short = coded()[0][:29] + bytes([coded()[0][29] & 0xFC | 1]) + coded()[0][30:]
    yield "heic: lengths of 2 bytes", bytes(simple(properties=[short, ispe(SIDE, SIDE)])), Rejection.UNSUPPORTED_FORMAT


def _avifs() -> Iterator[Case]:
    _, pixels = coded_avif()
    whole = bytes(simple_avif())
    yield "avif: no pixels", whole[: whole.index(b"mdat") - 4], Rejection.TRUNCATED
    yield "avif: half", whole[: whole.index(b"mdat") + len(pixels) // 2], Rejection.TRUNCATED
    yield "avif: pixels of zeros", bytes(simple_avif(items=[Item(1, b"av01", bytes(500), (1, 2))])), Rejection.TRUNCATED
    cut = Item(1, b"av01", pixels[:-40], (1, 2))
    yield "avif: unit longer than its item", bytes(simple_avif(items=[cut])), Rejection.TRUNCATED
    headless = Item(1, b"av01", pixels[pixels.index(b"\x32") :], (2,))
    yield "avif: no sequence header", bytes(simple_avif(items=[headless])), Rejection.CORRUPT
    frameless = Item(1, b"av01", pixels[: pixels.index(b"\x32")], (1, 2))
    yield "avif: no frame", bytes(simple_avif(items=[frameless])), Rejection.CORRUPT
    yield (
        "avif: called HEIC, with HEVC's configuration",
        bytes(simple(items=[Item(1, b"av01", b"", (1, 2))])),
        Rejection.CORRUPT,
    )
    film = box(b"ftyp", b"avis", bytes(4), b"avis", b"msf1") + box(b"moov")
    yield "avif: a film alone", film, Rejection.UNSUPPORTED_FORMAT


def _bombs() -> Iterator[Case]:
    configuration, pixels = coded()
    unseen = Item(1, b"hvc1", b"\0\0\0\4\x26\1\x80\1", (1, 2))  # a slice without pixels: no decoder gets far
    wide = [resized(configuration, 11_008, 10_000), ispe(11_008, 10_000)]
    yield "heic: 110 MP, honestly", bytes(simple(items=[unseen], properties=wide)), Rejection.TOO_MANY_PIXELS
    claims = [wide[0], ispe(64, 64)]
    yield "heic: 110 MP, called 64 x 64", bytes(simple(items=[unseen], properties=claims)), Rejection.BOMB
    huge = [configuration, ispe(30_000, 30_000)]
    cropped = Item(1, b"hvc1", pixels, (1, 2, 3))
    yield "heic: 900 MP", bytes(simple(properties=huge)), Rejection.BOMB
    yield "heic: 900 MP cropped to one pixel", bytes(simple(items=[cropped], properties=[*huge, CLAP])), Rejection.BOMB
    circle = [
        Item(1, b"grid", grid(1, 1, 64, 64), (2,), parts=[2]),
        Item(2, b"grid", grid(1, 1, 64, 64), (2,), parts=[1]),
    ]
    yield "heic: grids of each other", bytes(simple(items=circle)), Rejection.BOMB
    veil = [Item(1, b"hvc1", pixels, (1, 3)), Item(2, b"hvc1", pixels, (1, 2, 4), auxiliary_of=[1])]
    veiled = [configuration, ispe(30_000, 30_000), ispe(SIDE, SIDE), ALPHA]
    yield "heic: 900 MP of transparency", bytes(simple(items=veil, properties=veiled)), Rejection.BOMB
    notes = [Item(1, b"hvc1", pixels, (1, 2)), *(Item(n, b"mime", pixels) for n in range(2, 5))]
    yield "heic: 3 times the same metadata", bytes(simple(items=notes, shared=True)), Rejection.BOMB
    packed = [Item(1, b"hvc1", pixels, (1, 2)), Item(2, b"mime", b"\x78\x9c", encoding=b"deflate")]
    yield "heic: compressed metadata", bytes(simple(items=packed)), Rejection.BOMB
    yield "heic: meta box of 2 MB", bytes(simple(extra=[box(b"free", bytes(2_000_000))])), Rejection.BOMB
    yield "heic: 10,000 boxes", bytes(simple(between=box(b"free") * 10_000)), Rejection.BOMB
    yield (
        "heic: 65,537 stretches of bytes",
        bytes(simple(leave_out=frozenset([b"iloc"]), extra=[_torn()])),
        Rejection.BOMB,
    )
    silence = b"\0\0\0\3\x46\1\x50" * 5_000  # access unit delimiters: no decoder minds them
    yield "heic: 5,000 coded units", bytes(simple(items=[Item(1, b"hvc1", silence + pixels, (1, 2))])), Rejection.BOMB
    tiles = [Item(number, b"hvc1", silence[: 7 * 3_000] + pixels, (1, 2)) for number in (2, 3, 4)]
    whole = Item(1, b"grid", grid(3, 1, 3 * SIDE, SIDE), (2,), parts=[2, 3, 4])
    yield "heic: 9,000 coded units in three tiles", bytes(simple(items=[whole, *tiles])), Rejection.BOMB
    pauses = b"\x12\0" * 5_000  # temporal delimiters
    rested = Item(1, b"av01", pauses + coded_avif()[1], (1, 2))
    yield "avif: 5,000 coded units", bytes(simple_avif(items=[rested])), Rejection.BOMB
    yield "heic: pictures larger than the file", _overlapping(), Rejection.BOMB


def _torn() -> bytes:
    """Build item locations of two items, in more stretches than any file has, all of them empty."""
    empty = struct.pack(">HHH", 1, 0, 0xFFFF) + struct.pack(">HHH", 2, 0, 2)
    return full_box(b"iloc", bytes([0, 0]), struct.pack(">H", 2), empty)


def _overlapping() -> bytes:
    """Build a grid of two tiles whose bytes are nearly the same ones of the file, twice."""
    configuration, pixels = coded()
    unit = b"\0\0\0\3\x46\1\x50"
    tiles = [Item(2, b"hvc1", unit * 3 + pixels, (1, 2)), Item(3, b"hvc1", unit * 2 + pixels, (1, 2))]
    whole = Item(1, b"grid", grid(2, 1, 2 * SIDE, SIDE), (3,), parts=[2, 3])
    return bytes(Heif([whole, *tiles], [configuration, ispe(SIDE, SIDE), ispe(2 * SIDE, SIDE)], shared=True))
