"""Read a message of the uploads queue: each record is an upload, or the name of what it is instead. Pure.

Source of the shape: Amazon S3 User Guide, "Event message structure": major version 2, keys URL-encoded with `+` for a
space, a test event without `Records` when a notification is set up.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.domain import batches, manifest_schema
from chalicelib.domain.records import Upload

KEY_BYTES = 1024  # S3's own limit
NO_VERSION = "null"
"""S3's version id of an object that was written while its bucket had no versioning."""


class UploadOutcome(StrEnum):
    """What one record or message turned out to be. Each is counted under its name."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    # Well-formed, and not for us: the message is done.
    TEST_EVENT = "test_event"
    FOREIGN_BUCKET = "foreign_bucket"
    FOREIGN_PREFIX = "foreign_prefix"
    NOT_CREATED = "not_created"
    FOLDER_MARKER = "folder_marker"
    # Malformed: the message goes back to the queue. After five tries it is in the dead-letter queue, for a person.
    NOT_JSON = "not_json"
    NO_RECORDS = "no_records"
    OTHER_VERSION = "other_event_version"
    INCOMPLETE = "incomplete_record"
    UNVERSIONED = "unversioned_object"
    KEY_TOO_LONG = "key_too_long"


MALFORMED = frozenset(
    {
        UploadOutcome.NOT_JSON,
        UploadOutcome.NO_RECORDS,
        UploadOutcome.OTHER_VERSION,
        UploadOutcome.INCOMPLETE,
        UploadOutcome.UNVERSIONED,
        UploadOutcome.KEY_TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class UploadLocation:
    """Where uploads lie: in one bucket, below one prefix."""

    bucket: str
    prefix: str


def read(body: str, location: UploadLocation) -> list[Upload | UploadOutcome]:
    """Return the records of a message's body as uploads or outcomes, in order. Never raises, whatever the body."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return [UploadOutcome.NOT_JSON]
    if not isinstance(message, dict):
        return [UploadOutcome.NO_RECORDS]
    if message.get("Event") == "s3:TestEvent":
        return [UploadOutcome.TEST_EVENT]
    records = message.get("Records")
    if not isinstance(records, list) or not records:
        return [UploadOutcome.NO_RECORDS]
    return [_record(record, location) for record in records]


def _record(record: Any, location: UploadLocation) -> Upload | UploadOutcome:
    try:
        return _read(record, location)
    except (KeyError, TypeError, ValueError, AttributeError):
        return UploadOutcome.INCOMPLETE


def _read(record: Mapping[str, Any], location: UploadLocation) -> Upload | UploadOutcome:
    if str(record["eventVersion"]).partition(".")[0] != "2":
        return UploadOutcome.OTHER_VERSION
    if not record["eventName"].startswith("ObjectCreated:"):
        return UploadOutcome.NOT_CREATED
    bucket, found = record["s3"]["bucket"]["name"], record["s3"]["object"]
    key = unquote_plus(found["key"], errors="strict")
    if other := _other(bucket, key, location):
        return other
    version = found.get("versionId")
    if version in (None, "", NO_VERSION):
        return UploadOutcome.UNVERSIONED
    upload = Upload(
        bucket=bucket,
        key=key,
        version_id=version,
        size_bytes=found["size"],
        etag=found.get("eTag"),
        sequencer=str(found.get("sequencer", "")),
        uploaded_at=_time(record["eventTime"]),
        owner_id=_owner(key, location.prefix),
    )
    manifest_schema.check(batches.entry(upload))
    return upload


def _other(bucket: str, key: str, location: UploadLocation) -> UploadOutcome | None:
    if bucket != location.bucket:
        return UploadOutcome.FOREIGN_BUCKET
    if not key.startswith(location.prefix):
        return UploadOutcome.FOREIGN_PREFIX
    if key.endswith("/"):
        return UploadOutcome.FOLDER_MARKER
    if len(key.encode()) > KEY_BYTES:
        return UploadOutcome.KEY_TOO_LONG
    return None


def _owner(key: str, prefix: str) -> str | None:
    owner, slash, _ = key.removeprefix(prefix).partition("/")
    return owner if slash and owner else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)
