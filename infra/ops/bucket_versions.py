"""The versions of the photos bucket: each is a photo, or the marker of a deletion, which is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.uploads import NO_VERSION
from contracts.photos.manifest import photo_id


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one object. `uploaded_at` is UTC; `is_latest`: no newer version and no deletion hides it."""

    bucket: str
    key: str
    version_id: str
    size_bytes: int
    etag: str
    uploaded_at: datetime
    is_latest: bool

    @property
    def photo_id(self) -> str:
        """The photo's id in manifest, table and ledger."""
        return photo_id(self.bucket, self.key, self.version_id)

    @property
    def name(self) -> str:
        """The file name: the last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def is_versioned(self) -> bool:
        """Whether it was written under versioning: without a version a photo has no identity."""
        return self.version_id != NO_VERSION


def versions(s3: Any, bucket: str, prefix: str) -> Iterator[Version]:
    """Yield the versions of all objects below a prefix, by key. A request brings a thousand; `s3` is a boto3 client.

    Folder markers are left out, as `collect` leaves them out.
    """
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Versions", []):
            if not one["Key"].endswith("/"):
                yield _version(bucket, one)


def _version(bucket: str, one: dict[str, Any]) -> Version:
    return Version(
        bucket=bucket,
        key=one["Key"],
        version_id=one["VersionId"],
        size_bytes=one["Size"],
        etag=one["ETag"].strip('"'),
        uploaded_at=one["LastModified"],
        is_latest=one["IsLatest"],
    )
