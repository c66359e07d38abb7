"""What the use cases need from outside. Each port has an adapter for AWS and a fake; one suite of tests runs on both.

Every method raises RetryLater when its service does not answer, and GiveUp when it refuses.
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
    """A run's result for one photo, and the photo's next state."""

    photo_id: str
    state: PhotoState
    outcome: str | None = None
    label: str | None = None


class Ledger(Protocol):
    """Photos and batches. A change to an outdated revision is refused, never merged."""

    def register(self, upload: Upload, now: datetime) -> bool:
        """Register an upload as WAITING; False if its photo is known already, in any state."""

    def photo(self, photo_id: str) -> LedgerPhoto | None:
        """Return one photo."""

    def waiting(self, at_most: int) -> Sequence[LedgerPhoto]:
        """Return the photos that have waited longest, oldest first. One just claimed may still be among them."""

    def claim(self, photos: Sequence[LedgerPhoto], batch_id: str) -> Sequence[LedgerPhoto]:
        """Claim photos for a batch, and return those that were still WAITING."""

    def photos_of(self, batch_id: str, state: PhotoState = PhotoState.CLAIMED) -> Sequence[LedgerPhoto]:
        """Return a batch's photos that are CLAIMED, or QUARANTINED. One just moved may be missing."""

    def settle(self, batch_id: str, settled: Iterable[Settled], now: datetime) -> int:
        """Move photos that are CLAIMED for the batch; return how many moved. A move to WAITING adds a release."""

    def reopen(self, batch_id: str, photos: Iterable[LedgerPhoto], state: PhotoState, now: datetime) -> int:
        """Move photos that are QUARANTINED with the batch to CLAIMED or WAITING; return how many moved.

        A photo that waits again has no releases, and waits from `now` on.
        """

    def save(self, batch: Batch) -> bool:
        """Save a batch's next revision, the first one being 0; False if that revision is there already."""

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at an end. One just ended may still be among them."""

    def quarantined(self) -> Sequence[Batch]:
        """Return the batches that are QUARANTINED, or DONE with photos that are."""

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        """Return ended batches of which a run's bill is not known."""

    def breaker(self) -> Breaker:
        """Return the breaker as it is now; a closed one if none was saved yet."""

    def keep_breaker(self, breaker: Breaker) -> bool:
        """Save the breaker's next revision; False if that revision is there already."""

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that is free or has expired; False if another holder has it."""

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if this holder still has it."""

    def batches(self) -> Sequence[Batch]:
        """Return all batches, the oldest first. Reads the whole ledger, so it is for people alone."""

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too. Reads the whole ledger, so it is for people alone."""


class ManifestStore(Protocol):
    """Writes manifests, and reads results."""

    def write(self, batch_id: str, manifest: bytes) -> str:
        """Write a manifest and return its URI. The same batch always has the same URI."""

    def results(self, batch_id: str) -> bytes | None:
        """Return the results that a run wrote for a batch; None if it wrote none."""


class Reports(Protocol):
    """The closing reports of job runs."""

    def closing(self, run: RunName) -> Closing | None:
        """Return a run's closing report; None if there is none that can be read, as after a kill."""


class JobLedger(Protocol):
    """Scheduled jobs, one record a kind."""

    def job(self, kind: Kind) -> ScheduledJob | None:
        """Return a job as it is now; None if it never ran."""

    def keep(self, job: ScheduledJob) -> bool:
        """Save a job's next revision, the first one being 0; False if that revision is there already."""


class Lake(Protocol):
    """The states of the table and of the model. The functions never see a row."""

    def table(self) -> TableState | None:
        """Return the state of the table `photos` as it is now; None while there is none."""

    def model(self) -> Pointer | None:
        """Return the pointer to the latest model; None while there is none."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to start. `arguments` are those that differ between runs of a kind; the others follow from the target."""

    name: RunName
    arguments: tuple[str, ...]
    size: Size


@dataclass(frozen=True, slots=True)
class JobRun:
    """What the service says of a run. `state` is the service's word; `billed` is in vCPU-hours and GB-hours."""

    run_id: str
    name: RunName | None
    """None for a run that is not ours."""
    state: str
    details: str
    seconds: int | None
    billed: Mapping[str, float] | None
    """None while there is no bill yet."""


ENDED = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
"""The states in which a run has ended. CANCELLING is not one of them."""


class JobRunner(Protocol):
    """Starts job runs, and gets their states."""

    def start(self, job: Job) -> str:
        """Start a run and return its id. The same request again returns the same run, so a lost reply can be repeated.

        A deployment that changes the settings in every request makes another request of the same job, so another run.
        """

    def get_run(self, run_id: str) -> JobRun | None:
        """Return a run; None if the service does not know it, as after the stack was created again."""
