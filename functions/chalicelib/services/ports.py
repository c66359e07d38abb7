"""What the use cases need of the world. Each has an adapter for AWS and a fake, and both pass one behaviour suite.

Every method raises RetryLater when the world does not answer, and GiveUp when it refuses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.iceberg import TableState
from chalicelib.domain.records import Batch, LedgerPhoto, ScheduledJob, Upload
from chalicelib.domain.sizing import Size
from chalicelib.domain.states import PhotoState
from contracts.jobs.names import Kind, RunName
from contracts.jobs.report import Closing
from contracts.models import Pointer

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

    def photos_of(self, batch_id: str, state: PhotoState = PhotoState.CLAIMED) -> Sequence[LedgerPhoto]:
        """Return the photos that are CLAIMED for a batch, or QUARANTINED with it. One just moved may be missing."""

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        """Move photos that are CLAIMED for the batch; return how many moved. One moved to WAITING counts a release."""

    def reopen(self, batch_id: str, photos: Iterable[LedgerPhoto], state: PhotoState, now: datetime) -> int:
        """Move photos that are QUARANTINED with the batch to CLAIMED or WAITING; return how many moved.

        One that waits again has all its releases before it, and waits from `now` on.
        """

    def save(self, batch: Batch) -> bool:
        """Keep a batch's next revision, the first one being 0; False if another was faster."""

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at their end. One just ended may still be among them."""

    def quarantined(self) -> Sequence[Batch]:
        """Return the batches that are QUARANTINED, or DONE with photos that are."""

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        """Return ended batches of which a run's bill is not known."""

    def breaker(self) -> Breaker:
        """Return the breaker as it is now; a closed one if there never was one."""

    def keep_breaker(self, breaker: Breaker) -> bool:
        """Keep the breaker's next revision; False if another was faster."""

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


class Reports(Protocol):
    """How job runs closed, in their own words."""

    def closing(self, run: RunName) -> Closing | None:
        """Return a run's closing line; None if it was killed before it wrote one, or wrote none that can be read."""


class JobLedger(Protocol):
    """Scheduled jobs, one record a kind."""

    def job(self, kind: Kind) -> ScheduledJob | None:
        """Return a job as it is now; None if it never was one."""

    def keep(self, job: ScheduledJob) -> bool:
        """Keep a job's next revision, the first one being 0; False if another was faster."""


class Lake(Protocol):
    """What the functions see of the table and of the model: their state, never a row."""

    def table(self) -> TableState | None:
        """Return the state of the table `photos` as it is now; None while there is none."""

    def model(self) -> Pointer | None:
        """Return what names the latest model; None while there is none."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to start. `arguments` are those that differ between runs of a kind; the others follow from the place."""

    name: RunName
    arguments: tuple[str, ...]
    size: Size


@dataclass(frozen=True, slots=True)
class JobRun:
    """What the service says of a run. `state` as it names them; `billed` in vCPU-hours and GB-hours."""

    run_id: str
    name: RunName | None
    """None for a run that is not ours."""
    state: str
    details: str
    seconds: int | None
    billed: Mapping[str, float] | None
    """None while the service has not said."""


ENDED = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
"""Of a run's states. CANCELLING is not an end."""


class JobRunner(Protocol):
    """Starts job runs, and says what has become of them."""

    def start(self, job: Job) -> str:
        """Start a run and return its id. The same request again is the same run, so a lost reply is asked for again.

        A deployment that changes what all requests say makes another request of the same job, and so another run.
        """

    def get_run(self, run_id: str) -> JobRun | None:
        """Return what is known of a run; None if the service knows of none, as after a stack was made anew."""
