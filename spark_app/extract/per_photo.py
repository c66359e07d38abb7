"""What a task does with its photos: fetch, decode, infer, and make a row of each. It runs in the Python worker.

The three steps are fused, so image bytes never pass through Spark. Threads fetch ahead while this thread decodes and
infers one engine batch at a time, so only few photos' pixels are held at once. This module knows no Spark.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import TypeVar

import numpy as np

from contracts.photos.manifest import Photo
from spark_app.memory import peak_mb
from spark_app.network.engine import Engine, Features
from spark_app.photos.images import Decoded, PhotoLimits, Rejected, decode
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.fetch import Fetched, fetch, open_or_reject
from spark_app.stores.prefetch import Window, prefetch

Item = TypeVar("Item")
Get = Callable[[Photo], Fetched | Rejected]


@dataclass(frozen=True, slots=True)
class PhotoSettings:
    """Where photos are, and how they are read: all that a worker needs besides its photos and engine. Picklable."""

    store: StoreSettings
    input_size: int
    limits: PhotoLimits = field(default_factory=PhotoLimits)
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a photo: either `features`, float32 (width,), or a rejection."""

    photo_id: str
    label: str | None = None
    content_sha256: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    rejection: str | None = None
    features: Features | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    photo: Photo
    label: str | None
    content_sha256: str | None
    image: Decoded | Rejected
    """Without the photo's bytes: a batch of large ones would hold hundreds of megabytes until inference."""


def run(photos: list[Photo], settings: PhotoSettings, engine: Engine, counts: Counter[str]) -> Iterator[Row]:
    """Yield one row a photo, in order. No photo can make it raise.

    `counts` gains `photos`, `bytes_read`, `incomplete` (photos that were read although a sliver of them was missing),
    this thread's microseconds by step, and the process's peak memory in MB.
    """
    stores = {bucket: open_or_reject(bucket, settings.store) for bucket in {photo.bucket for photo in photos}}

    def get(photo: Photo) -> Fetched | Rejected:
        store = stores[photo.bucket]
        return store if isinstance(store, Rejected) else fetch(store, photo, settings.limits.bytes)

    for reads in chunked(_read(photos, settings, get, counts), engine.batch_size):
        yield from _infer(reads, engine, counts)
    counts["photos"] += len(photos)
    counts["peak_worker_mb"] = peak_mb()


def _read(photos: list[Photo], settings: PhotoSettings, get: Get, counts: Counter[str]) -> Iterator[_Read]:
    fetched = prefetch(photos, get, lambda photo: photo.size_bytes, settings.window)
    asked = perf_counter()
    for photo, answer in fetched:
        arrived = perf_counter()
        read = _decode(photo, answer, settings, counts)
        del answer
        counts["fetch_wait_us"] += _microseconds(arrived - asked)
        counts["decode_us"] += _microseconds(perf_counter() - arrived)
        yield read
        asked = perf_counter()


def _decode(photo: Photo, answer: Fetched | Rejected, settings: PhotoSettings, counts: Counter[str]) -> _Read:
    if isinstance(answer, Rejected):
        return _Read(photo, None, None, answer)
    image = decode(answer.data, settings.input_size, settings.limits)
    counts["bytes_read"] += len(answer.data)
    if isinstance(image, Decoded) and image.incomplete:
        counts["incomplete"] += 1
    return _Read(photo, answer.label, hashlib.sha256(answer.data).hexdigest(), image)


def _infer(reads: list[_Read], engine: Engine, counts: Counter[str]) -> Iterator[Row]:
    started = perf_counter()
    pixels = [read.image.pixels for read in reads if isinstance(read.image, Decoded)]
    features = iter(engine.features(np.stack(pixels)) if pixels else ())
    counts["infer_us"] += _microseconds(perf_counter() - started)
    for read in reads:
        yield _row(read, features)


def _row(read: _Read, features: Iterator[Features]) -> Row:
    image, label, digest = read.image, read.label, read.content_sha256
    if isinstance(image, Rejected):
        return Row(read.photo.photo_id, label, digest, rejection=image.code.value)
    return Row(read.photo.photo_id, label, digest, image.width, image.height, image.format, features=next(features))


def chunked(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of `size` items, the last one shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)
