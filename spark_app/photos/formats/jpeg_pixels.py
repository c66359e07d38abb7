"""Decode the coded pixels of a JPEG scan by scan, and find out whether they are all there.

As soon as libjpeg meets a marker, it makes grey of all that is missing. So it gets none: after each scan come bits that
are no Huffman code (all ones, which T.81 reserves: K.2, C.2), enough for the decoder's bit buffer to look ahead. A
whole scan needs none of them; an incomplete one asks for more.
"""

import re

from PIL.JpegImagePlugin import JpegImageFile

from contracts.photos.rejections import Rejection
from spark_app.photos.formats.feed import Feed
from spark_app.photos.formats.jpeg import Jpeg
from spark_app.photos.formats.jpeg_frame import RAW, Scan
from spark_app.photos.formats.mend import mirror_last
from spark_app.photos.formats.picture import PhotoRefused

_EOI = b"\xff\xd9"
_ONES = b"\xff\x00"  # eight bits
_AHEAD = 8 * _ONES  # libjpeg-turbo fills a register of 64 bits
_PROBES = 12  # of 8 bits; a block takes at least 17 bits, and the register holds at most 64
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


def load(image: JpegImageFile, data: bytes, picture: Jpeg, sliver: float) -> bool:
    """Decode into an image opened with `picture.data`; return whether at most `sliver` of its blocks are missing.

    Raises `PhotoRefused` where more is missing, or where libjpeg stops.
    """
    if not picture.whole:
        raise PhotoRefused(Rejection.TRUNCATED, "JPEG without its last scans")
    if picture.working_bytes:
        return _load_scans(image, data, picture, sliver)
    (scan,) = picture.scans
    with Feed(image) as feed:
        _feed(feed, data, picture, scan)
        feed.take(_AHEAD)
        missing = 0 if feed.finished else _fill(feed, scan, _restarts(data, scan), int(sliver * scan.mcus))
        if not feed.finished:
            raise PhotoRefused(Rejection.TRUNCATED, "JPEG whose coded pixels end early")
    if missing:
        scale = -(-picture.width // image.width)
        width, height = scan.mcu_size
        mirror_last(image, missing, (width // scale, height // scale))
    return missing > 0


def _load_scans(image: JpegImageFile, data: bytes, picture: Jpeg, sliver: float) -> bool:
    """Decode a JPEG of several scans: libjpeg writes no pixel before it meets the end of the picture."""
    tiles, whole = image.tile, True
    with Feed(image) as feed:
        for scan in picture.scans:
            _feed(feed, data, picture, scan)
            if not _probe_end(feed, scan, data):
                whole = False
                _fill(feed, scan, _restarts(data, scan), int(sliver * scan.mcus))
                if not _probe_end(feed, scan):
                    raise PhotoRefused(Rejection.TRUNCATED, "JPEG with a scan that ends early")
        _finish(feed)
    if not whole:  # again, without ones for what is missing: libjpeg then keeps what the other scans hold
        image.tile = tiles
        with Feed(image) as feed:
            for scan in picture.scans:
                _feed(feed, data, picture, scan)
            _finish(feed)
    return not whole


def _feed(feed: Feed, data: bytes, picture: Jpeg, scan: Scan) -> None:
    feed.take(picture.data if scan is picture.scans[0] else scan.head)
    feed.take(memoryview(data)[scan.begin : scan.end])


def _finish(feed: Feed) -> None:
    feed.take(_EOI)
    if not feed.finished:
        raise PhotoRefused(Rejection.TRUNCATED, "JPEG that does not end")


def _probe_end(feed: Feed, scan: Scan, data: bytes | None = None) -> bool:
    """Probe whether a scan is whole: then libjpeg skips ones after it as junk. With `data`, check the file too."""
    feed.take(_AHEAD)
    if data is not None:
        if scan.bits == RAW and 8 * (scan.end - scan.begin) < scan.mcus * scan.blocks:
            return False
        if _restarts(data, scan) < scan.restarts:
            return False  # a decoder that searches its restart marker skips ones too
    return all(feed.take(_ONES) for _ in range(_PROBES))


def _restarts(data: bytes, scan: Scan) -> int:
    return sum(1 for _ in _RESTART.finditer(data, scan.begin, scan.end)) if scan.interval else 0


def _fill(feed: Feed, scan: Scan, restarts: int, most: int) -> int:
    """Feed ones in place of at most `most` MCUs; return how many MCUs they filled. Raises `PhotoRefused`."""
    missing, block = scan.restarts - restarts, scan.blocks * scan.bits
    if missing > 0:
        if missing * scan.interval > most:
            raise PhotoRefused(Rejection.TRUNCATED, "JPEG without its last restart intervals")
        feed.take(b"".join(bytes([0xFF, 0xD0 + number % 8]) for number in range(restarts, scan.restarts)))
        feed.take(_ONES * -(-scan.interval * block // 8) + _AHEAD)
        return (missing + 1) * scan.interval
    for taken in range(-(-most * block // 8)):
        feed.take(_ONES)
        if feed.finished:
            return -(-8 * (taken + 1) // block) + 1  # + 1: the MCU in which the ones began
    return most
