"""The manifest of a batch: references to the photos that one job run works on.

The schema is `manifest.schema.json`. This module has the same as types, and the one canonical way to write it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

MANIFEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Photo:
    """One object of the photos bucket. `received_at` is UTC, ISO 8601 with a `Z`."""

    photo_id: str
    bucket: str
    key: str
    size_bytes: int
    received_at: str
    owner_id: str | None = None
    version_id: str | None = None
    etag: str | None = None
    last_try: bool = False
    """True: a rejection that may pass is final. False: its row is left out, and the photo waits for another batch."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The photos of one batch, in the order of the file."""

    batch_id: str
    photos: tuple[Photo, ...]


def photo_id(bucket: str, key: str, version_id: str | None) -> str:
    """Name a photo by what it is: 32 hex digits of SHA-256 over bucket, key and version.

    NUL joins the parts. Neither a bucket nor a version can hold one, so two photos never share a name.
    """
    identity = "\0".join((bucket, version_id or "", key))
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def encode(batch_id: str, photos: Sequence[Photo]) -> bytes:
    """Write the canonical bytes: photos and keys sorted, no null, no false. Equal batches give equal bytes."""
    header = {"manifest_version": MANIFEST_VERSION, "batch_id": batch_id, "photos": len(photos)}
    return b"".join(map(_line, [header, *map(entry, sorted(photos, key=lambda photo: photo.photo_id))]))


def entry(photo: Photo) -> dict[str, Any]:
    """Return the members of a photo's line, without null and false."""
    members = ((name, getattr(photo, name)) for name in Photo.__dataclass_fields__)
    return {name: value for name, value in members if value is not None and value is not False}


def _line(members: dict[str, Any]) -> bytes:
    return json.dumps(members, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def schema() -> dict[str, Any]:
    """Read the JSON Schema beside this module."""
    text = resources.files(__package__).joinpath("manifest.schema.json").read_text("utf-8")
    return dict(json.loads(text))
