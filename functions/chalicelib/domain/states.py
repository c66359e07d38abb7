"""What a photo, a batch and a scheduled job may become: one table each, which every adapter obeys and the docs draw."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class PhotoState(StrEnum):
    """Where an uploaded photo stands in the ledger."""

    WAITING = "WAITING"
    """Registered, and for no batch to care about yet."""
    CLAIMED = "CLAIMED"
    """Belongs to one batch."""
    DONE = "DONE"
    """Its row holds features."""
    REJECTED = "REJECTED"
    """Its row holds a rejection code, which the ledger repeats."""
    QUARANTINED = "QUARANTINED"
    """Its batch failed at every attempt: a person has to look, and may send it on its way again."""


class BatchState(StrEnum):
    """Where a batch stands."""

    CLAIMING = "CLAIMING"
    """Photos are being claimed for it; it has no manifest yet."""
    READY = "READY"
    """Its manifest is written: it may be started, for the first time or again, once its waiting time is over."""
    RUNNING = "RUNNING"
    """A job run has taken it."""
    DONE = "DONE"
    """Its results are in the ledger."""
    QUARANTINED = "QUARANTINED"
    """It failed at every attempt: a person has to look, and may send it on its way again."""
    ABANDONED = "ABANDONED"
    """Nothing was left to claim for it."""


class JobState(StrEnum):
    """Where a scheduled job stands: the refit, the maintenance. It is never at its end, as it comes again."""

    STARTING = "STARTING"
    """What it shall work on is decided, and a run is being asked for; the reply may have been lost."""
    RUNNING = "RUNNING"
    """A job run has taken it."""
    DONE = "DONE"
    """Its run succeeded."""
    FAILED = "FAILED"
    """Its run failed or was cancelled, or was refused."""


P, B, J = PhotoState, BatchState, JobState

PHOTO_MOVES: Mapping[PhotoState, frozenset[PhotoState]] = {
    P.WAITING: frozenset({P.CLAIMED}),
    P.CLAIMED: frozenset({P.DONE, P.REJECTED, P.WAITING, P.QUARANTINED}),
    P.DONE: frozenset(),
    P.REJECTED: frozenset(),
    # By a person alone: with its batch, or where the batch is done, for another one.
    P.QUARANTINED: frozenset({P.CLAIMED, P.WAITING}),
}
BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    B.CLAIMING: frozenset({B.READY, B.ABANDONED}),
    B.READY: frozenset({B.RUNNING, B.QUARANTINED}),
    B.RUNNING: frozenset({B.READY, B.DONE, B.QUARANTINED}),
    B.DONE: frozenset(),
    B.QUARANTINED: frozenset({B.READY}),
    B.ABANDONED: frozenset(),
}
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    J.STARTING: frozenset({J.RUNNING, J.FAILED}),
    J.RUNNING: frozenset({J.DONE, J.FAILED}),
    J.DONE: frozenset({J.STARTING}),
    J.FAILED: frozenset({J.STARTING}),
}
OPEN = frozenset({B.CLAIMING, B.READY, B.RUNNING})
"""Batches that `submit` still has to do something about."""


class IllegalMoveError(Exception):
    """A state was to follow that may not: a fault of ours, never of the input."""


def check(now: State, then: State, moves: Mapping[State, frozenset[State]]) -> None:
    """Raise IllegalMoveError unless the table has the move."""
    if then not in moves[now]:
        raise IllegalMoveError(f"{type(now).__name__} {now} may not become {then}")


def as_mermaid() -> str:
    """Draw the tables as Mermaid state diagrams: `docs/event-path.md` holds them, and a test keeps them equal."""
    drawn = (
        ("A photo", _drawn(PHOTO_MOVES)),
        ("A batch", _drawn(BATCH_MOVES)),
        ("A scheduled job (refit, maintain)", _drawn(JOB_MOVES)),
    )
    return "\n".join(f"{name}:\n\n{picture}" for name, picture in drawn)


def _drawn(moves: Mapping[State, frozenset[State]]) -> str:
    arrows = [f"  {one} --> {other}" for one in moves for other in sorted(moves[one])]
    ends = [f"  {state} --> [*]" for state in moves if not moves[state]]
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {next(iter(moves))}", *arrows, *ends, "```", ""]
    return "\n".join(lines)
