"""WebPs built to mislead, to crash or to exhaust a decoder."""

from collections.abc import Iterator

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import canvas, riff, riff_chunks
from infra.samples.files.sources import encoded, picture

Case = tuple[str, bytes, Rejection]

ALPHA, ANIMATION = 0x10, 0x02


def cases() -> Iterator[Case]:
    """Yield name, bytes and expected code."""
    lossy, lossless = encoded(picture(), "WEBP"), encoded(picture(), "WEBP", lossless=True)
    ((_, vp8),) = riff_chunks(lossy)
    ((_, vp8l),) = riff_chunks(lossless)
    yield "webp: RIFF header only", lossy[:12], Rejection.TRUNCATED
    yield "webp: half", lossy[: len(lossy) // 2], Rejection.TRUNCATED
    yield "webp: lossless, two bytes short", lossless[:-2], Rejection.TRUNCATED
    yield "webp: half, and zeros", lossy[: len(lossy) // 2].ljust(len(lossy), b"\0"), Rejection.TRUNCATED
    yield (
        "webp: lossless, half, and zeros",
        lossless[: len(lossless) // 2].ljust(len(lossless), b"\0"),
        Rejection.TRUNCATED,
    )
    yield "webp: cut before its picture", riff(canvas(160, 120), (b"VP8 ", vp8))[:40], Rejection.TRUNCATED
    yield "webp: no chunk", riff(), Rejection.CORRUPT
    yield "webp: begins with EXIF", riff((b"EXIF", b"MM\0*"), (b"VP8 ", vp8)), Rejection.CORRUPT
    yield "webp: no start code", riff((b"VP8 ", vp8[:3] + b"\0\0\0" + vp8[6:])), Rejection.CORRUPT
    yield "webp: no width", riff((b"VP8 ", vp8[:6] + b"\0\0" + vp8[8:])), Rejection.CORRUPT
    yield "webp: lossless signature wrong", riff((b"VP8L", b"\0" + vp8l[1:])), Rejection.CORRUPT
    yield "webp: pixels cut, sizes mended", riff((b"VP8 ", vp8[: len(vp8) // 2])), Rejection.CORRUPT
    yield "webp: lossless pixels cut, sizes mended", riff((b"VP8L", vp8l[: len(vp8l) // 2])), Rejection.CORRUPT
    yield "webp: chunk longer than the file", lossy[:16] + b"\xff\xff\xff\x7f" + lossy[20:], Rejection.CORRUPT
    yield "webp: canvas without a picture", riff(canvas(160, 120)), Rejection.CORRUPT
    yield "webp: canvas of another size", riff(canvas(150, 120, ALPHA), (b"VP8L", vp8l)), Rejection.CORRUPT
    yield "webp: frame beyond the canvas", riff(canvas(160, 120, ANIMATION), _frame(vp8, x=1_000)), Rejection.CORRUPT
    yield "webp: 20,000 chunks", riff((b"VP8 ", vp8), *[(b"junk", b"")] * 20_000), Rejection.BOMB


def _frame(vp8: bytes, x: int) -> tuple[bytes, bytes]:
    """Build one frame of an animation, placed `2 * x` pixels from the left."""
    place = x.to_bytes(3, "little") + bytes(3) + (159).to_bytes(3, "little") + (119).to_bytes(3, "little")
    return b"ANMF", place + (40).to_bytes(3, "little") + b"\0" + b"VP8 " + len(vp8).to_bytes(4, "little") + vp8
