"""Contents that a decoder could open and we must not: every other plugin of Pillow, and what else gets uploaded."""

import gzip
import io
import struct
import zipfile
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from infra.samples.files.containers import after_soi, box, frame_header, segment
from infra.samples.files.sources import encoded, picture

WRITTEN = {  # Pillow can write these itself: format and the mode it takes
    "BLP": "P",
    "BMP": "RGB",
    "DDS": "RGB",
    "DIB": "RGB",
    "EPS": "RGB",
    "GIF": "P",
    "ICNS": "RGBA",
    "ICO": "RGBA",
    "JPEG2000": "RGB",
    "MSP": "1",
    "PCX": "RGB",
    "PPM": "RGB",
    "QOI": "RGB",
    "SGI": "RGB",
    "SPIDER": "F",
    "TGA": "RGB",
    "TIFF": "RGB",
    "XBM": "1",
}


def _fli() -> bytes:
    header = struct.pack("<IHHHHHHI", 128 + 16, 0xAF11, 1, 16, 16, 8, 3, 70).ljust(128, b"\0")
    return header + struct.pack("<IHH", 16, 0xF1FA, 0).ljust(16, b"\0")


def _ftex() -> bytes:
    return (
        b"FTEX"
        + struct.pack("<5i", 1, 4, 4, 1, 1)
        + struct.pack("<2i", 1, 32)
        + bytes(4)
        + struct.pack("<i", 48)
        + bytes(48)
    )


def _iptc() -> bytes:
    fields = [(60, b"\1\0"), (20, b"\4"), (30, b"\4"), (120, b"\1")]
    records = b"".join(struct.pack(">BBBH", 0x1C, 3, kind, len(value)) + value for kind, value in fields)
    return records + struct.pack(">BBBH", 0x1C, 8, 10, 16) + bytes(16)


CRAFTED = {  # only just enough for the plugin to recognise its own
    "BUFR": b"BUFR" + bytes(64),
    "CUR": b"\0\0\2\0\1\0" + bytes([16, 16, 0, 0, 0, 0, 0, 0]) + struct.pack("<II", 40, 22) + bytes(64),
    "DCX": struct.pack("<III", 0x3ADE68B1, 12, 0) + bytes(128),
    "FITS": b"SIMPLE  =                    T".ljust(80)
    + b"BITPIX  =                    8".ljust(80)
    + b"END".ljust(2720),
    "FLI": _fli(),
    "FTEX": _ftex(),
    "GBR": struct.pack(">5I", 20, 1, 4, 4, 1) + b"fruit\0" + bytes(16),
    "GRIB": b"GRIB\0\0\0\1" + bytes(64),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "IM": b"Image type: L image\r\nImage size (x*y): 4*4\r\nFile size (no of images): 1\r\n".ljust(511, b"\0")
    + b"\x1a",
    "IMT": b"width 4\nheight 4\npixel n8\n\x0c" + bytes(16),
    "IPTC": _iptc(),
    "MCIDAS": bytes(7) + b"\x04" + bytes(248),
    "MPEG": b"\0\0\1\xb3" + bytes([0x10, 0x01, 0x00]) + bytes(32),
    "PCD": bytes(2048) + b"PCD_IPI" + bytes(2048),
    "PIXAR": b"\200\350\000\000" + bytes(1024),
    "PSD": b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 4, 4, 8, 3) + bytes(64),
    "SUN": struct.pack(">8I", 0x59A66A95, 4, 4, 24, 48, 1, 0, 0) + bytes(48),
    "WMF": b"\xd7\xcd\xc6\x9a\x00\x00" + bytes(64),
    "XPM": b'/* XPM */\nstatic char *fruit[] = {\n"1 1 1 1",\n"a c #ff0000",\n"a"\n};\n',
    "XVTHUMB": b"P7 332\n#END_OF_COMMENTS\n4 4 255\n" + bytes(16),
}


@cache
def plugins() -> dict[str, bytes]:
    """Return, by the name of each other Pillow plugin, content that is its own."""
    small = picture(48, 32)
    return {name: encoded(small.convert(mode), name) for name, mode in WRITTEN.items()} | CRAFTED


def other_uploads() -> Iterator[tuple[str, bytes]]:
    """Yield what people and attackers upload instead of photos."""
    jpeg = encoded(picture(48, 32), "JPEG")
    frames = [Image.fromarray(np.full((8, 8), shade, np.uint8)) for shade in range(256)]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("fruit.jpg", jpeg)
    yield "one byte", b"\xff"
    yield "zeros", bytes(4096)
    yield "text", b"an apple a day"
    yield "html", b"<!doctype html><script>alert(1)</script>"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj"
    yield "zip with a photo", archive.getvalue()
    yield "gzip of a photo", gzip.compress(jpeg, mtime=0)
    yield "executable", b"\x7fELF\x02\x01\x01" + bytes(57)
    yield "ghostscript by eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/bin/id) (r) file\n"
    yield "photo behind a blank", b" " + jpeg
    yield "animated gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:] * 8)
    yield "camera raw (tiff)", b"II*\0\x10\0\0\0CR\x02\0" + bytes(64)
    yield "bigtiff", b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + bytes(64)
    yield "jpeg xl codestream", b"\xff\x0a" + bytes(32)
    yield "jpeg xl container", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(32)
    yield "riff wave", b"RIFF\x24\0\0\0WAVEfmt " + bytes(32)
    yield "mp4 film", box(b"ftyp", b"isom", bytes(4), b"isom", b"mp41") + box(b"moov")
    yield "heif sequence", box(b"ftyp", b"msf1", bytes(4), b"msf1", b"hevc") + box(b"moov")
    yield "heif of unknown codec", box(b"ftyp", b"mif1", bytes(4), b"mif1", b"miaf") + box(b"meta", bytes(4))
    yield "pnm animation", b"P6\n4 4\n255\n" + bytes(48)
    yield "farbfeld", b"farbfeld" + struct.pack(">II", 2, 2) + bytes(32)
    yield "radiance hdr", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(4)


def jpeg_kinds() -> Iterator[tuple[str, bytes]]:
    """Yield JPEGs of kinds that no camera writes, and whose decoders are little tried."""
    jpeg = encoded(picture(48, 32), "JPEG")
    at = frame_header(jpeg)
    for number in (3, 5, 9, 10, 11):
        yield f"jpeg process {number}", jpeg[: at + 1] + bytes([0xC0 + number]) + jpeg[at + 2 :]
    yield "jpeg of 12 bits", jpeg[: at + 4] + bytes([12]) + jpeg[at + 5 :]
    two = segment(0xC0, jpeg[at + 4 : at + 9] + bytes([2]) + jpeg[at + 10 : at + 16])
    yield "jpeg of two components", jpeg[:at] + two + jpeg[at + 19 :]
    yield "jpeg with arithmetic coding", after_soi(jpeg[: at + 1] + b"\xc9" + jpeg[at + 2 :], segment(0xCC, b"\0\x10"))
