"""The hostile files, each with the code it must get; and good files, the same in every format and mode we read."""

from dataclasses import dataclass
from functools import cache

from contracts.photos.rejections import Rejection
from infra.samples.files import foreign, hostile_heic, hostile_jpeg, hostile_png, hostile_webp
from infra.samples.files.sources import encoded, heic, picture

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class HostileFile:
    """Bytes that are no usable photo."""

    name: str
    data: bytes
    expected: Rejection


@dataclass(frozen=True)
class GoodFile:
    """A usable photo."""

    name: str
    data: bytes
    format: str
    width: int = 160
    height: int = 120


@cache
def hostile_files() -> list[HostileFile]:
    """Build every hostile file."""
    files = [HostileFile("nothing", b"", Rejection.EMPTY)]
    oversized = encoded(picture(), "JPEG").ljust(60 * MEGABYTE + 1, b"\0")
    files.append(HostileFile("jpeg: one byte more than 60 MB", oversized, Rejection.TOO_LARGE))
    vast = hostile_png.vast_header().ljust(MEGABYTE, b"\0")
    files.append(HostileFile("png: 102 MP, with bytes enough for a photo", vast, Rejection.TOO_MANY_PIXELS))
    alien = [*foreign.plugins().items(), *foreign.other_uploads(), *foreign.jpeg_kinds()]
    files += [HostileFile(f"foreign: {name}", data, Rejection.UNSUPPORTED_FORMAT) for name, data in alien]
    for module in (hostile_jpeg, hostile_png, hostile_webp, hostile_heic):
        files += [HostileFile(name, data, code) for name, data, code in module.cases()]
    return files


@cache
def good_files() -> list[GoodFile]:
    """Build eleven photos, the same picture each time, under names that say something else."""
    rgb, grey = picture(), picture().convert("L")
    glass = rgb.copy()
    glass.putalpha(grey)
    return [
        GoodFile("baseline.png", encoded(rgb, "JPEG", quality=90), "jpeg"),
        GoodFile("progressive.webp", encoded(rgb, "JPEG", quality=90, progressive=True), "jpeg"),
        GoodFile("grey.heic", encoded(grey, "JPEG", quality=90), "jpeg"),
        GoodFile("cmyk.gif", encoded(rgb.convert("CMYK"), "JPEG", quality=90), "jpeg"),
        GoodFile("rgb.jpg", encoded(rgb, "PNG"), "png"),
        GoodFile("palette.jpg", encoded(rgb.quantize(64), "PNG"), "png"),
        GoodFile("transparent.jpg", encoded(glass, "PNG"), "png"),
        GoodFile("lossy.jpg", encoded(rgb, "WEBP"), "webp"),
        GoodFile("lossless.exe", encoded(glass, "WEBP", lossless=True), "webp"),
        GoodFile("phone.jpg", heic(rgb), "heic"),
        GoodFile("browser.jpg", encoded(rgb, "AVIF"), "avif"),
    ]
