"""Files that are no usable photo, each with the rejection that it must get."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from contracts.photos.rejections import Rejection

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Breakage:
    """A way to break a photo: from a sound JPEG's bytes to the broken file's, and the rejection to expect."""

    name: str
    expected: Rejection
    breaks: Callable[[bytes], bytes]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb(_: bytes) -> bytes:
    """Return a PNG of a few hundred bytes that claims 60,000 x 60,000 pixels: 10.8 GB once decoded."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(180_001))) + _chunk(b"IEND", b"")


def _empty(_: bytes) -> bytes:
    return b""


def _cut_short(sound: bytes) -> bytes:
    return sound[: len(sound) // 2]


def _text(_: bytes) -> bytes:
    return b"These are not the pixels you are looking for.\n" * 40


def _noise(sound: bytes) -> bytes:
    return zlib.compress(sound)[64:]


BREAKAGES = (
    Breakage("empty", Rejection.EMPTY, _empty),
    Breakage("cut-short", Rejection.TRUNCATED, _cut_short),
    Breakage("text", Rejection.UNSUPPORTED_FORMAT, _text),
    Breakage("bomb", Rejection.BOMB, _bomb),
    Breakage("noise", Rejection.UNSUPPORTED_FORMAT, _noise),
)
