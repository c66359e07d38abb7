"""The state of a deployed stack at one moment, and the times of one job run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.records import Batch, ScheduledJob
from chalicelib.domain.states import OPEN, JobState
from contracts.jobs.names import Kind


@dataclass(frozen=True, slots=True)
class StackState:
    """The pipeline at one moment. `photos` counts by ledger state; "REJECTED <code>" counts the rejected by code."""

    queued: int
    dead: int
    photos: Mapping[str, int]
    batches: Sequence[Batch]
    jobs: Sequence[ScheduledJob] = ()
    """The refit and the maintenance, each with its latest run."""

    @property
    def registered(self) -> int:
        """Photos that the ledger knows."""
        return sum(number for name, number in self.photos.items() if " " not in name)

    @property
    def settled(self) -> int:
        """Photos that are at their end."""
        return sum(self.photos.get(state, 0) for state in ("DONE", "REJECTED", "QUARANTINED"))

    @property
    def open_batches(self) -> list[Batch]:
        """Batches that are not at their end."""
        return [batch for batch in self.batches if batch.state in OPEN]

    @property
    def jobs_at_work(self) -> list[ScheduledJob]:
        """Refits and maintenances whose run is starting or running."""
        return [job for job in self.jobs if job.state in (JobState.STARTING, JobState.RUNNING)]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """One job run: when it was requested, when it started and when it ended.

    `subject` is what it works on: a batch, a snapshot of the table (refit) or a day (maintenance).
    """

    run_id: str
    kind: Kind
    subject: str
    state: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    billed: Mapping[str, float]
    attempt: int = 1
    details: str = ""
    """What the service says of its end."""
