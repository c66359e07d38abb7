"""What the use cases need of the world. Each has an adapter for AWS and a fake, and both pass one behaviour suite.

Every method raises RetryLater when the world does not answer, and RejectForever when it refuses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.records import Batch, LedgerPhoto, Upload
from chalicelib.sizing import Size
from chalicelib.states import PhotoState

Clock = Callable[[], datetime]
"""The time in UTC, without microseconds."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run has said of one photo, and what the photo becomes by it."""

    photo_id: str
    state: PhotoState
    outcome: str | None = None
    label: str | None = None


class Ledger(Protocol):
    """Photos and batches. A change that comes too late is refused, never merged."""

    def register(self, upload: Upload, now: datetime) -> bool:
        """Remember an upload as WAITING; False if its photo is known already, in whatever state."""

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        """Return one photo."""

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        """Return those that have waited longest, oldest first. One just claimed may still be among them."""

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        """Take photos for a batch, and return those that were still to be had."""

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        """Return the photos that are CLAIMED for a batch. One just claimed may be missing."""

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        """Move photos that are CLAIMED for the batch; return how many moved. One moved to WAITING counts a release."""

    def save(self, batch: Batch) -> bool:
        """Keep a batch's next revision, the first one being 0; False if another was faster."""

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at their end. One just ended may still be among them."""

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that nobody holds, or whose time is over."""

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if it is still this holder's."""

    def batches(self) -> Sequence[Batch]:
        """Return all batches, the oldest first, for a person who looks: reads the whole ledger."""

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too, for a person who looks: reads the whole ledger."""


class ManifestStore(Protocol):
    """Manifests go out, results come back."""

    def write(self, batch_id: str, manifest: bytes) -> str:
        """Write a manifest and return its URI. The same batch again is the same URI."""

    def results(self, batch_id: str) -> bytes | None:
        """Return what the run wrote for a batch; None if it wrote nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to start."""

    batch_id: str
    attempt: int
    manifest_uri: str
    size: Size


@dataclass(frozen=True, slots=True)
class JobRun:
    """What the service says of a run. `state` as it names them; `billed` in vCPU-hours and GB-hours."""

    run_id: str
    batch_id: str
    state: str
    details: str
    seconds: int | None
    billed: Mapping[str, float]


class JobRunner(Protocol):
    """Starts job runs, and says what has become of them."""

    def start(self, job: Job, token: str) -> str:
        """Start a run and return its id; the same job under the same token is the same run."""

    def look(self, run_id: str) -> JobRun:
        """Return what is known of a run."""
