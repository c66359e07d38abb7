"""When a batch is made, how large it is, and how it is named. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, inf

from chalicelib.domain.records import LedgerPhoto, Page, Upload
from contracts.photos import costs
from contracts.photos.manifest import Photo, encode

RELEASES = 3
"""How often a batch may release a photo to wait again, because its rejection is retryable."""

PAGES_BYTES = 3_000_000
"""The most that a batch's pages hold before compression: DynamoDB's transactions have 4 MB."""
PAGES = 5_000
"""The most pages of a batch: their names are in one item."""


@dataclass(frozen=True, slots=True)
class Batching:
    """When a batch is made, and how large: photos, and a time to wait. `in_flight`: the most job runs at once."""

    target: int
    most: int
    max_wait: timedelta
    """However little money there is, a photo waits no longer."""
    in_flight: int
    latency: timedelta = timedelta(0)
    """However much money there is, photos wait so long for others."""
    full_work: float = inf
    """Seconds of one core: photos of so much work make a batch at once, because its run's start is a small part."""


def photos_to_take(waiting: Sequence[LedgerPhoto], batching: Batching, in_flight: int, now: datetime) -> int:
    """Return how many of the waiting photos, the oldest first, make a batch now; 0 for none yet."""
    if not waiting or in_flight >= batching.in_flight:
        return 0
    oldest = min(photo.waiting_since for photo in waiting)
    full = len(waiting) >= batching.target or cpu_seconds(waiting) >= batching.full_work
    if full or now - oldest >= batching.max_wait:
        return min(len(waiting), batching.most)
    return 0


def paced(batching: Batching, allowed: timedelta | None) -> Batching:
    """Return the batching with the wait that the month's budget allows, within its own bounds; None: none is left.

    A run of a few photos costs what one of thousands does: who starts fewer runs waits longer and spends less.
    """
    wanted = batching.max_wait if allowed is None else max(allowed, batching.latency)
    return replace(batching, max_wait=min(wanted, batching.max_wait))


def pages_to_take(pages: Sequence[Page], photos: int) -> list[Page]:
    """Return the first pages that together have at most so many photos; the first one whatever it has.

    They are no more than can be let go again in one transaction.
    """
    taken: list[Page] = []
    size = 0
    if photos <= 0:
        return taken
    for page in pages:
        photos, size = photos - len(page.photos), size + page.size_bytes
        if taken and (photos < 0 or size > PAGES_BYTES or len(taken) == PAGES):
            break
        taken.append(page)
    return taken


def batch_id(now: datetime, random_hex: str) -> str:
    """Return a batch's name: its time, for people to read, and random digits, because two may be made at once."""
    return f"{now:%Y%m%dT%H%M%S}-{random_hex}"


def cpu_seconds(photos: Sequence[LedgerPhoto]) -> int:
    """Return the seconds that one core is expected to need for the photos, rounded up."""
    return ceil(sum(costs.cpu_seconds(photo.upload.key, photo.upload.size_bytes) for photo in photos))


def manifest(batch: str, photos: Sequence[LedgerPhoto]) -> bytes:
    """Return the manifest of a batch: canonical, so the same photos give the same bytes."""
    return encode(batch, [_entry(photo) for photo in photos])


def _entry(photo: LedgerPhoto) -> Photo:
    return replace(entry(photo.upload), last_try=photo.releases >= RELEASES)


def entry(upload: Upload) -> Photo:
    """Return an upload as an entry of a manifest."""
    return Photo(
        photo_id=upload.photo_id,
        bucket=upload.bucket,
        key=upload.key,
        size_bytes=upload.size_bytes,
        received_at=f"{upload.uploaded_at:%Y-%m-%dT%H:%M:%SZ}",
        owner_id=upload.owner_id,
        version_id=upload.version_id,
        etag=upload.etag,
    )
