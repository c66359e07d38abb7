"""The records of the emulator: applications, job runs, attempts. Times are aware datetimes in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .scheduler import Resources, SchedulingLimits
from .sparkjob import SparkJob
from .states import OCCUPYING, TERMINAL, WAITING, ApplicationState, RunState
from .workers import Workers


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a resource: an AWS account in a Region."""

    account: str
    region: str


@dataclass(slots=True)
class Attempt:
    """One try at a run. `started_at` is None until its process starts."""

    number: int
    created_at: datetime
    updated_at: datetime
    state: RunState = RunState.PENDING
    details: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class Run:
    """A job run. `request` is the validated StartJobRun, `job` what spark-submit gets, `workers` what it got."""

    run_id: str
    application: "Application"
    request: Mapping[str, Any]
    job: SparkJob
    workers: Workers
    created_at: datetime
    updated_at: datetime
    state: RunState = RunState.SUBMITTED
    details: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    queued_at: datetime | None = None
    left_queue_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def arn(self) -> str:
        """The run's ARN."""
        return f"{self.application.arn}/jobruns/{self.run_id}"

    @property
    def max_attempts(self) -> int:
        """The most attempts that it may have."""
        return int(self.request.get("retryPolicy", {}).get("maxAttempts", 1))

    @property
    def mode(self) -> str:
        """BATCH or STREAMING."""
        return str(self.request.get("mode", "BATCH"))

    @property
    def keeps_attempts_apart(self) -> bool:
        """Whether each attempt logs to its own folder (User Guide: "any batch jobs that have retry enabled")."""
        return self.max_attempts > 1 or self.mode == "STREAMING"


@dataclass(slots=True)
class Application:
    """An application; `settings` has the members of CreateApplication, defaults filled in."""

    application_id: str
    owner: Owner
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    idle_since: datetime
    version: tuple[int, int]
    state: ApplicationState = ApplicationState.CREATING
    details: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The application's ARN: its resource part begins with a slash."""
        return f"arn:aws:emr-serverless:{self.owner.region}:{self.owner.account}:/applications/{self.application_id}"

    def waiting(self) -> list[Run]:
        """Return the runs that wait for their turn, oldest first."""
        return [run for run in self.runs.values() if run.state in WAITING]

    def occupied(self) -> list[Workers]:
        """Return the workers of each run that occupies some."""
        return [run.workers for run in self.runs.values() if run.state in OCCUPYING and run.attempts]

    def is_busy(self) -> bool:
        """Whether any run has not ended."""
        return any(run.state not in TERMINAL for run in self.runs.values())

    def limits(self, minute_seconds: float) -> SchedulingLimits:
        """Return the limits of the scheduler; `minute_seconds` is how long a minute of the settings lasts."""
        scheduling = self.settings.get("schedulerConfiguration")
        capacity = self.settings.get("maximumCapacity")
        return SchedulingLimits(
            max_concurrent_runs=scheduling["maxConcurrentRuns"] if scheduling else None,
            capacity=_resources(capacity) if capacity else None,
            queue_timeout_seconds=scheduling["queueTimeoutMinutes"] * minute_seconds if scheduling else 0.0,
        )


def _resources(capacity: Mapping[str, str]) -> Resources:
    """Read "12 vCPU", "48 GB": a number, perhaps a space, perhaps a unit, by the validated pattern."""
    numbers = {name: int("".join(filter(str.isdigit, text))) for name, text in capacity.items()}
    return Resources(numbers["cpu"], numbers["memory"], numbers.get("disk"))
