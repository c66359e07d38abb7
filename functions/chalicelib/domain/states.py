"""The states of a photo, a batch and a scheduled job, and the moves between them: one table each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class PhotoState(StrEnum):
    """Where an uploaded photo stands in the ledger."""

    WAITING = "WAITING"
    """Registered; not yet claimed by a batch."""
    CLAIMED = "CLAIMED"
    """Claimed by one batch."""
    DONE = "DONE"
    """Its row holds features."""
    REJECTED = "REJECTED"
    """Its row holds a rejection code, as does the ledger."""
    QUARANTINED = "QUARANTINED"
    """Its batch failed at every attempt. A person has to look, and may redrive it."""


class BatchState(StrEnum):
    """Where a batch stands."""

    CLAIMING = "CLAIMING"
    """It claims photos, and has no manifest yet."""
    READY = "READY"
    """It has a manifest, and may be started, for the first time or again, once its waiting time is over."""
    RUNNING = "RUNNING"
    """A job run works on it."""
    DONE = "DONE"
    """Its results are in the ledger."""
    QUARANTINED = "QUARANTINED"
    """It failed at every attempt. A person has to look, and may redrive it."""
    ABANDONED = "ABANDONED"
    """No photo was left for it to claim."""


class JobState(StrEnum):
    """Where a scheduled job stands: the refit, the maintenance. No state is an end, as the job runs again."""

    STARTING = "STARTING"
    """It has a plan and asks for a run. The reply may have been lost."""
    RUNNING = "RUNNING"
    """A job run works on it."""
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
    # Only a person does this: together with its batch or, where the batch is DONE, for another batch.
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
"""Batches that `submit` still has to work on."""


class IllegalMoveError(Exception):
    """The code asked for a move that the table does not have: a bug, never the input's fault."""


def check(now: State, then: State, moves: Mapping[State, frozenset[State]]) -> None:
    """Raise IllegalMoveError unless the table has the move from `now` to `then`."""
    if then not in moves[now]:
        raise IllegalMoveError(f"{type(now).__name__} {now} may not become {then}")
