"""The records of the ledger: photos, batches and scheduled jobs. Times are UTC, in whole seconds."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.domain.plans import RunPlan
from chalicelib.domain.states import BATCH_MOVES, JOB_MOVES, BatchState, JobState, PhotoState, refuse_illegal_move
from contracts.jobs.names import Kind, RunName
from contracts.photos import costs
from contracts.photos.manifest import photo_id


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object, as S3's event describes it. Its identity is (bucket, key, version)."""

    bucket: str
    key: str
    version_id: str
    size_bytes: int
    etag: str | None
    sequencer: str
    """Orders the events of one key: pad with zeros on the left and compare as text; the larger one is later."""
    uploaded_at: datetime
    owner_id: str | None

    @property
    def photo_id(self) -> str:
        """The photo's id in manifest, table and ledger."""
        return photo_id(self.bucket, self.key, self.version_id)


@dataclass(frozen=True, slots=True)
class LedgerPhoto:
    """An upload and what has become of it."""

    upload: Upload
    waiting_since: datetime
    """When it was uploaded, or when a batch last released it."""
    state: PhotoState = PhotoState.WAITING
    batch_id: str | None = None
    releases: int = 0
    """How often a batch has released it to wait again, because its rejection is retryable."""
    outcome: str | None = None
    """`features` or a rejection code; None before a run had a result for it."""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Photos that were registered, or let go, by one call. They go into a batch together."""

    page_id: str
    """Begins with the time when it was made, so that pages sort by age."""
    photos: tuple[LedgerPhoto, ...]
    batch_id: str | None = None
    """The batch that has taken it; None while it waits."""
    source: str | None = None
    """The batch that has let its photos go, at its `revision`; None for new photos."""
    revision: int = 0
    size_bytes: int = 0
    """Of what the ledger holds of its photos, before compression."""

    def lists(self, photo_id: str) -> bool:
        """Return whether a photo is on it."""
        return any(photo.upload.photo_id == photo_id for photo in self.photos)


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """One job run, as the ledger knows it."""

    run_id: str
    attempt: int
    state: str
    started_at: datetime
    """When its start was asked for."""
    seconds: int | None = None
    billed: dict[str, float] | None = None
    """vCPU-hours, GB-hours of memory and of storage, by the service's names; None while there is no bill."""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The photos of one manifest. `revision` counts the changes: the ledger saves only the next revision."""

    batch_id: str
    state: BatchState
    created_at: datetime
    revision: int = 0
    photos: int = 0
    size_bytes: int = 0
    cpu_seconds: int = 0
    """The seconds that one core is expected to need for its photos; 0 in a batch of an earlier release."""
    manifest_uri: str | None = None
    manifest_sha256: str | None = None
    runs: tuple[LedgerRun, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """Its photos by outcome, once it is DONE; `quarantined` counts those without a result."""
    released: tuple[str, ...] = ()
    """The pages of its photos that wait again."""
    failures: int = 0
    """Attempts used up, by runs and by refused starts."""
    spared: int = 0
    """Runs that did not succeed and used up no attempt."""
    refusals: int = 0
    """Refused starts in a row."""
    not_before: datetime | None = None
    """The next attempt may start from then on."""
    reason: str = ""
    """Why it waits, or is in quarantine."""

    @property
    def attempt(self) -> int:
        """The number of its next attempt, from 1."""
        return len(self.runs) + 1

    @property
    def run(self) -> LedgerRun:
        """Its latest run. Raises IndexError if it never had one."""
        return self.runs[-1]

    @property
    def work(self) -> float:
        """The seconds that one core is expected to need for its photos, for any release's batch."""
        return self.cpu_seconds or self.photos * costs.NETWORK_SECONDS

    def is_due(self, now: datetime) -> bool:
        """Return whether it may be started now."""
        return self.not_before is None or now >= self.not_before

    def moved(self, state: BatchState, **changes: Any) -> "Batch":
        """Return the batch in another state. Raises IllegalMoveError."""
        refuse_illegal_move(self.state, state, BATCH_MOVES)
        return self.changed(state=state, **changes)

    def changed(self, **changes: Any) -> "Batch":
        """Return the batch's next revision, with other facts."""
        return replace(self, revision=self.revision + 1, **changes)

    def with_run(self, run: LedgerRun) -> dict[str, Any]:
        """Return the change that puts `run` in place of the latest one."""
        return {"runs": (*self.runs[:-1], run)}


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job that runs again and again, never twice at once, with its latest run. `revision` as in a batch."""

    kind: Kind
    state: JobState
    plan: RunPlan
    attempt: int = 1
    """The number of the attempt at this plan's subject, from 1."""
    failures: int = 0
    """Runs in a row that failed at this subject. A refused start does not count: no run failed."""
    revision: int = 0
    run: LedgerRun | None = None

    @property
    def name(self) -> RunName:
        """The name of its latest run."""
        return RunName(self.kind, self.plan.subject, self.attempt)

    def again(self, plan: RunPlan) -> "ScheduledJob":
        """Return the job STARTING its next run. Raises IllegalMoveError while a run may be at work."""
        same = plan.subject == self.plan.subject
        attempt, failures = (self.attempt + 1, self.failures) if same else (1, 0)
        return self.moved(JobState.STARTING, plan=plan, attempt=attempt, failures=failures, run=None)

    def moved(self, state: JobState, **changes: Any) -> "ScheduledJob":
        """Return the job's next revision, in another state. Raises IllegalMoveError."""
        refuse_illegal_move(self.state, state, JOB_MOVES)
        return self.changed(state=state, **changes)

    def changed(self, **changes: Any) -> "ScheduledJob":
        """Return the job's next revision, with other facts."""
        return replace(self, revision=self.revision + 1, **changes)
