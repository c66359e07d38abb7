"""The states of a job run and of an application, and the moves between them. Pure.

Source: EMR Serverless User Guide, "Job run states", "Application states"; the names are the service model's.
"""

from collections.abc import Mapping
from enum import StrEnum


class RunState(StrEnum):
    """A job run's state, or that of one of its attempts."""

    SUBMITTED = "SUBMITTED"
    QUEUED = "QUEUED"
    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


class ApplicationState(StrEnum):
    """An application's state."""

    CREATING = "CREATING"
    CREATED = "CREATED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    TERMINATED = "TERMINATED"


R, A = RunState, ApplicationState

RUN_MOVES: Mapping[RunState, frozenset[RunState]] = {
    R.SUBMITTED: frozenset({R.QUEUED, R.PENDING, R.FAILED, R.CANCELLING}),
    R.QUEUED: frozenset({R.PENDING, R.FAILED, R.CANCELLING}),
    R.PENDING: frozenset({R.SCHEDULED, R.FAILED, R.CANCELLING}),
    R.SCHEDULED: frozenset({R.RUNNING, R.PENDING, R.FAILED, R.CANCELLING}),
    R.RUNNING: frozenset({R.SUCCESS, R.PENDING, R.FAILED, R.CANCELLING}),  # PENDING: the next attempt begins
    R.CANCELLING: frozenset({R.CANCELLED}),
    R.SUCCESS: frozenset(),
    R.FAILED: frozenset(),
    R.CANCELLED: frozenset(),
}

APPLICATION_MOVES: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    A.CREATING: frozenset({A.CREATED}),
    A.CREATED: frozenset({A.STARTING, A.TERMINATED}),
    A.STARTING: frozenset({A.STARTED}),
    A.STARTED: frozenset({A.STOPPING}),
    A.STOPPING: frozenset({A.STOPPED}),
    A.STOPPED: frozenset({A.STARTING, A.TERMINATED}),
    A.TERMINATED: frozenset(),
}

WAITING = frozenset({R.SUBMITTED, R.QUEUED})
TERMINAL = frozenset(state for state, moves in RUN_MOVES.items() if not moves)
OCCUPYING = frozenset(RunState) - WAITING - TERMINAL
"""States in which a run counts against `maxConcurrentRuns` and `maximumCapacity`."""


class IllegalTransitionError(RuntimeError):
    """A fault of the emulator, never of its caller: it tried a move that the real service does not make."""


def check_run_move(old: RunState, new: RunState) -> None:
    """Raise IllegalTransitionError unless a run may go from `old` to `new`."""
    if new not in RUN_MOVES[old]:
        raise IllegalTransitionError(f"a job run does not go from {old} to {new}")


def check_application_move(old: ApplicationState, new: ApplicationState) -> None:
    """Raise IllegalTransitionError unless an application may go from `old` to `new`."""
    if new not in APPLICATION_MOVES[old]:
        raise IllegalTransitionError(f"an application does not go from {old} to {new}")
