"""What the ledger holds: photos, batches and scheduled jobs. Times are UTC, in whole seconds."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.domain.plans import RunPlan
from chalicelib.domain.states import BATCH_MOVES, JOB_MOVES, BatchState, JobState, PhotoState, check
from contracts.jobs.names import Kind, RunName
from contracts.photos import costs
from contracts.photos.manifest import photo_id


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object, as S3's event tells it. Its identity is (bucket, key, version)."""

    bucket: str
    key: str
    version_id: str
    size_bytes: int
    etag: str | None
    sequencer: str
    """Orders events of one key: a larger one is later (compared as text, padded with zeros on the left)."""
    uploaded_at: datetime
    owner_id: str | None

    @property
    def photo_id(self) -> str:
        """The name that manifest, table and ledger share."""
        return photo_id(self.bucket, self.key, self.version_id)


@dataclass(frozen=True, slots=True)
class LedgerPhoto:
    """An upload and what has become of it."""

    upload: Upload
    waiting_since: datetime
    """When it was uploaded, or last given back by a batch."""
    state: PhotoState = PhotoState.WAITING
    batch_id: str | None = None
    releases: int = 0
    """How often a batch has given it back because its rejection might not last."""
    outcome: str | None = None
    """`features` or a rejection code, once a run has said so."""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """One job run, as far as is known."""

    run_id: str
    attempt: int
    state: str
    started_at: datetime
    """When it was asked for."""
    seconds: int | None = None
    billed: dict[str, float] | None = None
    """In vCPU-hours, GB-hours of memory and of storage; None while the service has not said."""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Photos that one manifest names. `revision` counts its changes: a change is kept only if nobody was faster."""

    batch_id: str
    state: BatchState
    created_at: datetime
    revision: int = 0
    photos: int = 0
    size_bytes: int = 0
    cpu_seconds: int = 0
    """What its photos are expected to take of one core; 0 in a batch of an earlier release."""
    manifest_uri: str | None = None
    manifest_sha256: str | None = None
    runs: tuple[LedgerRun, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """Outcomes of its photos once it is DONE; `quarantined` counts those that no run had a result for."""
    failures: int = 0
    """Runs and refused starts that used up an attempt."""
    spared: int = 0
    """Runs that ended without success and used up none."""
    refusals: int = 0
    """Starts refused in a row."""
    not_before: datetime | None = None
    """It waits until then for its next attempt."""
    reason: str = ""
    """Why it waits, or is quarantined."""

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
        """What its photos are expected to take of one core, in seconds."""
        return self.cpu_seconds or self.photos * costs.NETWORK_SECONDS

    def is_due(self, now: datetime) -> bool:
        """Say whether it may be started now."""
        return self.not_before is None or now >= self.not_before

    def moved(self, state: BatchState, **changes: Any) -> "Batch":
        """Return the batch in another state. Raises IllegalMoveError."""
        check(self.state, state, BATCH_MOVES)
        return self.changed(state=state, **changes)

    def changed(self, **changes: Any) -> "Batch":
        """Return the batch with other facts, one revision on."""
        return replace(self, revision=self.revision + 1, **changes)

    def with_run(self, run: LedgerRun) -> dict[str, Any]:
        """Return the change that puts `run` in place of the latest one."""
        return {"runs": (*self.runs[:-1], run)}


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job that comes again and never twice at once. The ledger keeps its latest run; `revision` as with a batch."""

    kind: Kind
    state: JobState
    plan: RunPlan
    attempt: int = 1
    """Of this plan's subject, from 1."""
    failures: int = 0
    """Runs in a row that failed at this subject. A start that was refused is none: no run failed."""
    revision: int = 0
    run: LedgerRun | None = None

    @property
    def name(self) -> RunName:
        """The name of its latest run."""
        return RunName(self.kind, self.plan.subject, self.attempt)

    def again(self, plan: RunPlan) -> "ScheduledJob":
        """Return the job about to start its next run. Raises IllegalMoveError while one may be at work."""
        same = plan.subject == self.plan.subject
        attempt, failures = (self.attempt + 1, self.failures) if same else (1, 0)
        return self.moved(JobState.STARTING, plan=plan, attempt=attempt, failures=failures, run=None)

    def moved(self, state: JobState, **changes: Any) -> "ScheduledJob":
        """Return the job in another state, one revision on. Raises IllegalMoveError."""
        check(self.state, state, JOB_MOVES)
        return self.changed(state=state, **changes)

    def changed(self, **changes: Any) -> "ScheduledJob":
        """Return the job with other facts, one revision on."""
        return replace(self, revision=self.revision + 1, **changes)
