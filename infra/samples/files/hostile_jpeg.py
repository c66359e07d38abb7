"""JPEGs built to mislead, to crash or to exhaust a decoder."""

import struct
from collections.abc import Iterator

from contracts.photos.rejections import Rejection
from infra.samples.files.containers import after_soi, find_segment, frame_header, segment, with_size
from infra.samples.files.sources import encoded, picture

Case = tuple[str, bytes, Rejection]

EOI = b"\xff\xd9"


def cases() -> Iterator[Case]:
    """Yield name, bytes and expected code."""
    yield from _truncated()
    yield from _corrupt()
    yield from _bombs()


def _jpeg() -> bytes:
    return encoded(picture(), "JPEG", quality=80)


def _progressive() -> bytes:
    return encoded(picture(), "JPEG", quality=80, progressive=True)


def _truncated() -> Iterator[Case]:
    jpeg, progressive = _jpeg(), _progressive()
    scan = jpeg.index(b"\xff\xda")
    yield "jpeg: start of image only", jpeg[:3], Rejection.TRUNCATED
    yield "jpeg: header only", jpeg[:scan], Rejection.TRUNCATED
    yield "jpeg: cut in the scan header", jpeg[: scan + 5], Rejection.TRUNCATED
    yield "jpeg: half", jpeg[: len(jpeg) // 2], Rejection.TRUNCATED
    yield "jpeg: half, and an end marker", jpeg[: len(jpeg) // 2] + EOI, Rejection.TRUNCATED
    yield "jpeg: half, and zeros", jpeg[: len(jpeg) // 2].ljust(len(jpeg), b"\0"), Rejection.TRUNCATED
    yield "jpeg: progressive, half, and an end marker", progressive[: len(jpeg) // 2] + EOI, Rejection.TRUNCATED
    yield "jpeg: progressive, last scan missing", progressive[: progressive.rindex(b"\xff\xda")], Rejection.TRUNCATED
    yield "jpeg: claims four times its rows", with_size(jpeg, 160, 480), Rejection.TRUNCATED
    yield "jpeg: padding without end", jpeg[:scan] + b"\xff" * 100_000, Rejection.TRUNCATED
    yield "jpeg: segment longer than the file", after_soi(jpeg[:scan], b"\xff\xe5\xff\xff"), Rejection.TRUNCATED


def _corrupt() -> Iterator[Case]:
    jpeg = _jpeg()
    frame, (scan, scan_end) = frame_header(jpeg), find_segment(jpeg, 0xDA)
    tables, tables_end = find_segment(jpeg, 0xC4)
    quantization, quantization_end = find_segment(jpeg, 0xDB)
    yield "jpeg: end right after the start", jpeg[:2] + EOI + jpeg[2:], Rejection.CORRUPT
    yield "jpeg: no width", with_size(jpeg, 0, 120), Rejection.CORRUPT
    yield "jpeg: no height", with_size(jpeg, 160, 0), Rejection.CORRUPT
    yield "jpeg: two frame headers", jpeg[:frame] + jpeg[frame : frame + 19] + jpeg[frame:], Rejection.CORRUPT
    yield "jpeg: no frame header", jpeg[:frame] + jpeg[frame + 19 :], Rejection.CORRUPT
    yield (
        "jpeg: frame header too short",
        jpeg[:frame] + segment(0xC0, jpeg[frame + 4 : frame + 9]) + jpeg[frame + 19 :],
        (Rejection.CORRUPT),
    )
    yield "jpeg: sampling factor 0", jpeg[: frame + 11] + b"\0" + jpeg[frame + 12 :], Rejection.CORRUPT
    yield "jpeg: tables of length 0", after_soi(jpeg, b"\xff\xdb\0\0"), Rejection.CORRUPT
    yield "jpeg: unknown marker", after_soi(jpeg, b"\xff\x42\0\2"), Rejection.CORRUPT
    yield "jpeg: no quantization table", jpeg[:quantization] + jpeg[frame:], Rejection.CORRUPT
    yield "jpeg: overfull Huffman table", jpeg[: tables + 5] + b"\xff" * 16 + jpeg[tables + 21 :], Rejection.CORRUPT
    yield (
        "jpeg: short quantization table",
        jpeg[:quantization] + segment(0xDB, b"\0\1") + jpeg[quantization_end:],
        (Rejection.CORRUPT),
    )
    yield "jpeg: Huffman table cut short", jpeg[:tables] + segment(0xC4, b"\0\1") + jpeg[tables_end:], Rejection.CORRUPT
    yield "jpeg: scan of no component", jpeg[:scan] + segment(0xDA, b"\0\0\x3f\0") + jpeg[scan_end:], Rejection.CORRUPT
    yield "jpeg: scan of unknown components", jpeg[: scan + 5] + b"\x77" + jpeg[scan + 6 :], Rejection.CORRUPT


def _bombs() -> Iterator[Case]:
    """Yield what costs a parser a little more than we allow: what pixels and scans may cost is in `test_limits`."""
    jpeg = _jpeg()
    yield "jpeg: 5,000 segments", after_soi(jpeg, b"\xff\xe5\0\2" * 5_000), Rejection.BOMB
    yield "jpeg: 5,000 EXIF blocks", after_soi(jpeg, segment(0xE1, b"Exif\0\0MM") * 5_000), Rejection.BOMB
    yield "jpeg: 5,000 comments", after_soi(jpeg, segment(0xFE, b"fruit") * 5_000), Rejection.BOMB


def many_scans(progressive: bytes, count: int) -> bytes:
    """Repeat the scan before the last of a progressive JPEG: each costs a walk over all coefficients."""
    last = progressive.rindex(b"\xff\xc4")
    begin = progressive.rindex(b"\xff\xc4", 0, last)
    return progressive[:begin] + progressive[begin:last] * count + progressive[last:]


def empty_scans(width: int, height: int, count: int) -> bytes:
    """Build a progressive grey JPEG of `count` scans, all but the first saying "nothing more" of each block."""
    blocks = -(-width // 8) * -(-height // 8)
    header = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    quantization, dc, run = b"\0" + bytes([1] * 64), b"\0\1" + bytes(15) + b"\0", b"\x10\1" + bytes(15) + b"\xe0"
    runs = -(-blocks // 32_767)
    bits = ("0" + "1" * 14) * runs
    coded = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8)).replace(b"\xff", b"\xff\0")
    first = segment(0xDA, b"\1\1\0\0\0\0") + bytes(-(-blocks // 8))
    each, last = (segment(0xDA, b"\1\1\0" + band + b"\0") + coded for band in (b"\1\x3e", b"\x3f\x3f"))
    tables = segment(0xDB, quantization) + segment(0xC2, header) + segment(0xC4, dc) + segment(0xC4, run)
    return b"\xff\xd8" + tables + first + each * (count - 2) + last + EOI


def many_sequential_scans(count: int) -> bytes:
    """Build a baseline JPEG of three components whose only scan, of one component, is repeated."""
    header, scan = _one_component_scan()
    return header + scan * count + EOI


def sequential_scans() -> bytes:
    """Build a baseline JPEG of three components, each in a scan of its own."""
    header, scan = _one_component_scan()
    at = 5  # of the component's name in a scan header
    return header + b"".join(scan[:at] + bytes([name]) + scan[at + 1 :] for name in (1, 2, 3)) + EOI


def _one_component_scan() -> tuple[bytes, bytes]:
    grey = encoded(picture(640, 480).convert("L"), "JPEG")
    colour = encoded(picture(640, 480), "JPEG", subsampling=0)
    frame, grey_frame = frame_header(colour), frame_header(grey)
    scan = grey[grey.index(b"\xff\xda") : -2]
    header = grey[:grey_frame] + colour[frame : frame + 19] + grey[grey_frame + 13 : grey.index(b"\xff\xda")]
    return header.replace(b"\2\x11\1", b"\2\x11\0").replace(b"\3\x11\1", b"\3\x11\0"), scan
