"""What the use cases need from outside. Each port has an adapter for AWS and a fake; one suite of tests runs on both.

Every method raises RetryLater when its service does not answer, and GiveUp when it refuses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.iceberg import TableState
from chalicelib.domain.records import Batch, LedgerPhoto, Page, ScheduledJob, Upload
from chalicelib.domain.sizing import Size
from contracts.errors import RetryLater
from contracts.jobs.names import Kind, RunName
from contracts.jobs.report import Closing
from contracts.models import Pointer

Clock = Callable[[], datetime]
"""The time in UTC, without microseconds."""


class Ledger(Protocol):
    """Photos, on pages, and batches of whole pages. A change to an outdated revision is refused, never merged."""

    def register(self, uploads: Sequence[Upload], now: datetime) -> Sequence[bool | RetryLater]:
        """Register uploads of different photos as WAITING, together on as few pages as hold them.

        Return for each whether it is new; False if its photo is known already, in any state. RetryLater: it is not
        known whether it is registered, and it has to come again.
        """

    def page_of(self, photo_id: str) -> Page | None:
        """Return the page on which a photo was registered; None if there is none."""

    def pages(self, page_ids: Sequence[str]) -> Sequence[Page]:
        """Return pages by their names."""

    def waiting(self, at_most: int) -> Sequence[Page]:
        """Return the oldest pages that wait, in order, until they have so many photos.

        One just taken may still be among them, and one just put may be missing.
        """

    def move_mark(self, now: datetime) -> None:
        """Let `waiting` pass over the pages that were taken. It only saves reads."""

    def open_batch(self, batch: Batch, pages: Sequence[Page], now: datetime) -> bool:
        """Save a new batch with the names of the pages that it is to take; False if there is such a batch."""

    def take(self, batch_id: str, now: datetime) -> Sequence[LedgerPhoto]:
        """Take the pages that a batch names and that no other one has; return the photos of all that are its own."""

    def photos_of(self, batch_id: str) -> Sequence[LedgerPhoto]:
        """Return the photos that a batch has taken, as they were then."""

    def save(self, batch: Batch, again: Sequence[LedgerPhoto] = (), now: datetime | None = None) -> bool:
        """Save a batch's next revision, the first one being 0; False if that revision is there already.

        `again`: its photos that wait again from `now` on, on new pages. Either all of it is saved or nothing.
        """

    def batch(self, batch_id: str) -> Batch | None:
        """Return one batch, as it is now."""

    def open_batches(self) -> Sequence[Batch]:
        """Return all batches that are not at an end. One just ended may still be among them."""

    def quarantined(self) -> Sequence[Batch]:
        """Return the batches that are QUARANTINED, or DONE with photos that are."""

    def unbilled(self, at_most: int) -> Sequence[Batch]:
        """Return batches of which an ended run's bill is not known."""

    def breaker(self) -> Breaker:
        """Return the breaker as it is now; a closed one if none was saved yet."""

    def keep_breaker(self, breaker: Breaker) -> bool:
        """Save the breaker's next revision; False if that revision is there already."""

    def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Take a lease that is free or has expired; False if another holder has it."""

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if this holder still has it."""

    def batches(self, newest: int | None = None) -> Sequence[Batch]:
        """Return the newest batches, or all, the oldest of them first."""

    def counts(self) -> Mapping[str, int]:
        """Count photos by state, and rejected ones by code too. Reads all batches, so it is for people alone."""


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
    created_at: datetime | None = None
    """When its start was asked for, by the service's clock."""


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
