"""Files that carry something nasty beside their pixels: only the pixels survive, and nobody looks at the rest."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image

from infra.samples.files.containers import Item, after_soi, before_idat, box, canvas, chunk, riff, riff_chunks, segment
from infra.samples.files.hostile_heic import simple_avif
from infra.samples.files.sources import encoded, heic, picture

CANARY = b"CANARY-52.3702N-4.8952E-J.Appleseed"


@dataclass(frozen=True)
class Carrier:
    """A photo with a load, and the same photo without it."""

    name: str
    data: bytes
    clean: bytes


@cache
def carriers() -> list[Carrier]:
    """Build every carrier."""
    return [*_jpegs(), *_pngs(), *_webps(), *_heics(), *_avifs()]


def exif(order: bytes = b"MM", entries: bytes = b"", count: int = 0, following: int = 0) -> bytes:
    """Build a TIFF block with one directory."""
    mark = ">" if order == b"MM" else "<"
    head = order + struct.pack(mark + "HIH", 42, 8, count or len(entries) // 12)
    return head + entries + struct.pack(mark + "I", following) + CANARY


def tiff(value: int, order: bytes = b"MM", kind: int = 3) -> bytes:
    """Build an EXIF block that says nothing but the orientation, after an entry that says something else."""
    mark = ">" if order == b"MM" else "<"
    width = struct.pack(mark + "HHII", 0x0100, 4, 1, 160)
    return (
        order + struct.pack(mark + "HIH", 42, 8, 2) + width + struct.pack(mark + "HHIHHI", 0x0112, kind, 1, value, 0, 0)
    )


def _orientation(value: int) -> bytes:
    return struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)


def directories() -> Iterator[tuple[str, bytes]]:
    """Yield blocks of which a reader should take one entry, and follow nothing.

    Whoever follows a directory to the next, or into one inside it, may be led in a circle; whoever reads what each
    entry points to reads the same bytes as often as there are entries. These lead once, to a turn that is not ours.
    """
    value = struct.pack(">HHII", 0x927C, 7, 60, 8)  # every entry asks for the same 60 bytes
    turned = struct.pack(">H", 1) + _orientation(6) + bytes(4)
    yield "EXIF with a second directory", exif(entries=_orientation(1), following=8 + 2 + 12 + 4 + len(CANARY)) + turned
    inside = struct.pack(">HHII", 0x8769, 4, 1, 8 + 2 + 12 + 4 + len(CANARY))
    yield "EXIF directory in a directory", exif(entries=inside) + turned
    yield "EXIF with 50 greedy entries", exif(entries=value * 50)
    yield "EXIF that claims 65,535 entries", exif(count=65_535)
    yield "EXIF directory out of reach", b"MM\0*\xff\xff\xff\xff" + CANARY
    yield "EXIF of nonsense", CANARY
    yield "EXIF orientation of 9", exif(entries=_orientation(9))
    yield "EXIF with the place", exif(entries=struct.pack(">HHII", 0x8825, 4, 1, 26))


def _trailers() -> Iterator[tuple[str, bytes]]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("shell.php", CANARY)
    yield "zip", archive.getvalue()
    yield "php", b"<?php system($_GET['c']); ?>" + CANARY
    yield "pdf", b"%PDF-1.7\n" + CANARY
    yield "script", b"<script>alert(1)</script>" + CANARY


def _jpegs() -> Iterator[Carrier]:
    clean = encoded(picture(), "JPEG", quality=80)
    for name, block in directories():
        yield Carrier(f"jpeg: {name}", after_soi(clean, segment(0xE1, b"Exif\0\0" + block[:65_000])), clean)
    for name, tail in _trailers():
        yield Carrier(f"jpeg: {name} behind", clean + tail, clean)
        yield Carrier(f"jpeg: {name} in a comment", after_soi(clean, segment(0xFE, tail)), clean)
    film = box(b"ftyp", b"mp42", bytes(4)) + box(b"mdat", CANARY)
    yield Carrier("jpeg: motion photo", clean + film, clean)
    yield Carrier("jpeg: second picture", clean + clean, clean)
    other = picture().transpose(Image.Transpose.ROTATE_180)
    pair = encoded(picture(), "MPO", save_all=True, append_images=[other], quality=80)
    yield Carrier("jpeg: MPO of two pictures", pair, clean)
    yield Carrier("jpeg: MPO index of nonsense", after_soi(clean, segment(0xE2, b"MPF\0" + CANARY)), clean)
    profile = [segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + CANARY * 1_000) for n in range(1, 256)]
    yield Carrier("jpeg: profile in 255 parts", after_soi(clean, *profile), clean)
    yield Carrier("jpeg: Photoshop resources", after_soi(clean, segment(0xED, b"Photoshop 3.0\0" + b"8BIM" * 9)), clean)
    yield Carrier("jpeg: XMP", after_soi(clean, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + CANARY)), clean)
    yield Carrier("jpeg: padding between segments", after_soi(clean, b"\xff" * 10_000), clean)


def _pngs() -> Iterator[Carrier]:
    clean = encoded(picture(), "PNG")
    text = zlib.compress(CANARY * 1_000)  # to be dropped as it is: what a few KB inflate to has no bounds
    for name, block in directories():
        yield Carrier(f"png: {name}", before_idat(clean, chunk(b"eXIf", block)), clean)
    for name, tail in _trailers():
        yield Carrier(f"png: {name} behind", clean + tail, clean)
    yield Carrier("png: compressed text", before_idat(clean, chunk(b"zTXt", b"a\0\0" + text)), clean)
    yield Carrier("png: compressed text in Unicode", before_idat(clean, chunk(b"iTXt", b"a\0\1\0\0\0" + text)), clean)
    yield Carrier("png: profile of nonsense", before_idat(clean, chunk(b"iCCP", b"a\0\0" + text)), clean)
    yield Carrier("png: text", before_idat(clean, chunk(b"tEXt", b"Author\0" + CANARY)), clean)
    frames = [picture().transpose(turn) for turn in (Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM)]
    yield Carrier("png: animation", encoded(picture(), "PNG", save_all=True, append_images=frames), clean)
    claims = chunk(b"acTL", struct.pack(">II", 60, 0))
    yield Carrier("png: animation that claims 60 frames", before_idat(clean, claims), clean)


def _webps() -> Iterator[Carrier]:
    clean = encoded(picture(), "WEBP", lossless=True)
    pixels = riff_chunks(clean)
    size = canvas(160, 120, 0x08 | 0x04)
    for name, block in directories():
        yield Carrier(f"webp: {name}", riff(size, *pixels, (b"EXIF", block)), clean)
    for name, tail in _trailers():
        yield Carrier(f"webp: {name} behind", clean + tail, clean)
    yield Carrier("webp: XMP", riff(size, *pixels, (b"XMP ", CANARY)), clean)
    frames = [picture().transpose(Image.Transpose.ROTATE_180)] * 20
    film = encoded(picture(), "WEBP", save_all=True, append_images=frames, lossless=True, duration=40)
    yield Carrier("webp: animation", film, clean)


def _heics() -> Iterator[Carrier]:
    clean = heic(picture())
    for name, block in directories():
        yield Carrier(f"heic: {name}", heic(picture(), exif=b"Exif\0\0" + block), clean)
    yield Carrier("heic: XMP", heic(picture(), xmp=CANARY), clean)
    yield Carrier("heic: script in a free box", clean + box(b"free", b"<script>" + CANARY), clean)
    for name, tail in _trailers():
        yield Carrier(f"heic: {name} behind", clean + tail, clean)


def _avifs() -> Iterator[Carrier]:
    clean = bytes(simple_avif())
    for name, block in directories():
        exif_item = Item(2, b"Exif", bytes(4) + block, describes=[1])
        yield Carrier(f"avif: {name}", bytes(simple_avif(items=[*simple_avif().items, exif_item])), clean)
    xmp = Item(2, b"mime", CANARY, describes=[1])
    yield Carrier("avif: XMP", bytes(simple_avif(items=[*simple_avif().items, xmp])), clean)
    for name, tail in _trailers():
        yield Carrier(f"avif: {name} behind", clean + tail, clean)
