"""What bucket, ledger and table together say of one photo, as one place. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.records import Batch, LedgerPhoto
from chalicelib.domain.states import PhotoState
from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES
from infra.ops.bucket_versions import Version
from infra.ops.photo_rows import PhotoRow


class Place(StrEnum):
    """Where a photo is. The value is the member `place` of `fruits photo --json`."""

    FEATURES = "features"
    """It has its row, with features."""
    REJECTED = "rejected"
    """It has its row, with a rejection code."""
    WAITING = "waiting"
    """Registered; it waits for a batch."""
    IN_BATCH = "in_batch"
    """A batch has it, and works on it or waits."""
    QUARANTINED = "quarantined"
    """Its batch failed at every attempt: a person has to look."""
    ROW_MISSING = "row_missing"
    """The ledger says that it has a row, and the table has none."""
    UNREGISTERED = "unregistered"
    """It is in the bucket, and neither ledger nor table knows it."""
    UNVERSIONED = "unversioned"
    """Likewise, and never will be: it was written without versioning, so it has no identity."""


@dataclass(frozen=True, slots=True)
class Traces:
    """All that is known of one photo: its version in the bucket, its entry in the ledger, its rows, its batch."""

    photo_id: str
    bucket: str
    key: str
    version_id: str | None
    version: Version | None = None
    entry: LedgerPhoto | None = None
    rows: Sequence[PhotoRow] = ()
    batch: Batch | None = None
    content_type: str | None = None
    """As whoever uploaded it has named it; None where the object is gone, or nobody may look."""

    @property
    def place(self) -> Place:
        """Where it is. A row is the end of the way, whatever the ledger says of it."""
        if self.rows:
            return Place.REJECTED if self.rows[0].rejection else Place.FEATURES
        if self.entry is not None:
            return _OF_STATE[self.entry.state]
        versioned = self.version is None or self.version.is_versioned
        return Place.UNREGISTERED if versioned else Place.UNVERSIONED

    @property
    def rejection(self) -> Rejection | None:
        """Why it has no features, where a run has said so: by its row, else by its latest result."""
        code = self.rows[0].rejection if self.rows else self.entry.outcome if self.entry else None
        return None if code in (None, FEATURES) else Rejection(code)

    @property
    def uploaded_at(self) -> datetime | None:
        """When it was uploaded, UTC."""
        if self.entry is not None:
            return self.entry.upload.uploaded_at
        return self.version.uploaded_at if self.version else None

    @property
    def size_bytes(self) -> int | None:
        """The object's size, as the bucket has it, else as its event said."""
        return self.version.size_bytes if self.version else self.entry.upload.size_bytes if self.entry else None

    @property
    def etag(self) -> str | None:
        """The object's ETag; of an object in one part without a key of KMS it is the MD5 of its bytes."""
        return self.version.etag if self.version else self.entry.upload.etag if self.entry else None


_OF_STATE: Mapping[PhotoState, Place] = {
    PhotoState.WAITING: Place.WAITING,
    PhotoState.CLAIMED: Place.IN_BATCH,
    PhotoState.QUARANTINED: Place.QUARANTINED,
    PhotoState.DONE: Place.ROW_MISSING,
    PhotoState.REJECTED: Place.ROW_MISSING,
}
