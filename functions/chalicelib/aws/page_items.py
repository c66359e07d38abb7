"""Pages of photos, and the photos' own items, as items of the ledger's table. Pure."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from chalicelib.aws.item_times import text, time
from chalicelib.aws.table import ONLY
from chalicelib.domain.records import LedgerPhoto, Page, Upload

SHARDS = 4
"""Pages lie in as many partitions: one takes 1,000 write units a second."""
PAGE_PHOTOS = 200
"""The most new photos of one page."""
PAGE_BYTES = 300_000
"""Of a page's photos before compression: an item may have 400 KB."""
LATEST = timedelta(minutes=15)
"""A page is put within this time of its name: `collect` has 30 seconds, the others ten minutes."""
VOID = "-"
"""The batch of a page that never came, and may not come any more."""
WAITS = "attribute_not_exists(batch_id)"


def page_id(now: datetime, digits: str) -> str:
    """Return a page's name: pages sort by the time when they were made."""
    return f"{now:%Y%m%dT%H%M%S}-{digits}"


def mark(moment: datetime) -> str:
    """Return what sorts before the pages of a time and behind the earlier ones."""
    return f"{moment:%Y%m%dT%H%M%S}"


def made_at(page: str) -> datetime:
    """Return when a page was named."""
    return datetime.strptime(page.partition("-")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def page_key(page: str) -> tuple[str, str]:
    """Return a page's `pk` and `sk`."""
    return shard_key(sha256(page.encode()).digest()[0] % SHARDS), page


def shard_key(shard: int) -> str:
    """Return the `pk` of a shard's pages."""
    return f"pages#{shard}"


def photo_key(photo_id: str) -> str:
    """Return the `pk` of a photo's item."""
    return f"photo#{photo_id}"


def new_photo(photo_id: str, page: str, now: datetime, retention: timedelta) -> dict[str, Any]:
    """Return the item by which a photo is known again: the page that lists it, or was to list it."""
    expires_at = int((now + retention).timestamp())
    key = {"pk": photo_key(photo_id), "sk": ONLY}
    return key | {"page": page, "registered_at": text(now), "expires_at": expires_at}


def of_page(page: Page) -> dict[str, Any]:
    """Return the item of a page that waits."""
    pk, sk = page_key(page.page_id)
    lines = [_line(photo) for photo in page.photos]
    content = zlib.compress(json.dumps(lines, separators=(",", ":"), ensure_ascii=False).encode(), 9)
    item: dict[str, Any] = {"pk": pk, "sk": sk, "photos": content}
    return item | ({"source": page.source, "revision": page.revision} if page.source else {})


def void(page: str) -> dict[str, Any]:
    """Return what stands in a page's place so that it cannot come any more."""
    pk, sk = page_key(page)
    return {"pk": pk, "sk": sk, "batch_id": VOID}


def page(item: Mapping[str, Any]) -> Page:
    """Read a page's item; a void one lists no photo."""
    content = item.get("photos")
    raw = b"[]" if content is None else zlib.decompress(bytes(content))
    photos = tuple(map(_photo, json.loads(raw)))
    revision = int(item.get("revision", 0))
    return Page(item["sk"], photos, item.get("batch_id"), item.get("source"), revision, len(raw))


def chunks(uploads: Sequence[Upload]) -> Iterator[list[Upload]]:
    """Yield uploads in portions that each fit into a page."""
    for chunk in _chunked([LedgerPhoto(one, one.uploaded_at) for one in uploads], PAGE_PHOTOS):
        yield [photo.upload for photo in chunk]


def again(photos: Sequence[LedgerPhoto], source: str, revision: int, now: datetime) -> list[Page]:
    """Return pages of photos that wait again, from `now` on, after a batch has let them go at its `revision`.

    The same release gives the same pages but for their time.
    """
    waiting = [replace(photo, waiting_since=now) for photo in photos]
    names = (sha256(f"{source} {revision} {number}".encode()).hexdigest()[:8] for number in range(len(photos)))
    return [
        Page(page_id(now, name), tuple(chunk), None, source, revision)
        for chunk, name in zip(_chunked(waiting, len(waiting)), names, strict=False)
    ]


def _chunked(photos: Sequence[LedgerPhoto], most: int) -> Iterator[list[LedgerPhoto]]:
    chunk: list[LedgerPhoto] = []
    size = 0
    for photo in photos:
        more = len(json.dumps(_line(photo)))
        if chunk and (len(chunk) == most or size + more > PAGE_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(photo)
        size += more
    if chunk:
        yield chunk


def _line(photo: LedgerPhoto) -> list[Any]:
    """Return a photo as a list; what is empty at its end is left out."""
    one = photo.upload
    line = [one.bucket, one.key, one.version_id, one.size_bytes, text(one.uploaded_at), one.sequencer]
    line += [one.etag, one.owner_id, photo.releases, photo.outcome, photo.label]
    if photo.waiting_since != one.uploaded_at:
        line.append(text(photo.waiting_since))
    while not line[-1]:
        line.pop()
    return line


def _photo(line: Sequence[Any]) -> LedgerPhoto:
    filled = [*line, *[None] * (12 - len(line))]
    bucket, key, version_id, size_bytes, uploaded_at, sequencer, etag, owner_id, *rest = filled
    releases, outcome, label, since = rest
    uploaded = time(uploaded_at)
    upload = Upload(bucket, key, version_id, size_bytes, etag, sequencer or "", uploaded, owner_id)
    waiting_since = time(since) if since else uploaded
    return LedgerPhoto(upload, waiting_since, releases=releases or 0, outcome=outcome, label=label)
