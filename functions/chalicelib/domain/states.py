"""The states of a photo, a batch and a scheduled job, and the moves between them: one table each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class PhotoState(StrEnum):
    """Where an uploaded photo stands: it follows from its page, the batch that has it, and the batch's results."""

    WAITING = "WAITING"
    """Registered; no batch has its page."""
    CLAIMED = "CLAIMED"
    """A batch has its page."""
    DONE = "DONE"
    """Its row holds features."""
    REJECTED = "REJECTED"
    """Its row holds a rejection code."""
    QUARANTINED = "QUARANTINED"
    """Its batch failed at every attempt. A person has to look, and may redrive it."""


class BatchState(StrEnum):
    """Where a batch stands."""

    CLAIMING = "CLAIMING"
    """It takes its pages, and has no manifest yet."""
    READY = "READY"
    """It has a manifest, and may be started, for the first time or again, once its waiting time is over."""
    RUNNING = "RUNNING"
    """A job run works on it."""
    DONE = "DONE"
    """Its results are counted."""
    QUARANTINED = "QUARANTINED"
    """It failed at every attempt. A person has to look, and may redrive it."""
    ABANDONED = "ABANDONED"
    """No page was left for it to take."""


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


_P, _B, _J = PhotoState, BatchState, JobState

PHOTO_MOVES: Mapping[PhotoState, frozenset[PhotoState]] = {
    _P.WAITING: frozenset({_P.CLAIMED}),
    _P.CLAIMED: frozenset({_P.DONE, _P.REJECTED, _P.WAITING, _P.QUARANTINED}),
    _P.DONE: frozenset(),
    _P.REJECTED: frozenset(),
    # Only a person does this: together with its batch or, where the batch is DONE, for another batch.
    _P.QUARANTINED: frozenset({_P.CLAIMED, _P.WAITING}),
}
BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    _B.CLAIMING: frozenset({_B.READY, _B.ABANDONED}),
    _B.READY: frozenset({_B.RUNNING, _B.QUARANTINED}),
    _B.RUNNING: frozenset({_B.READY, _B.DONE, _B.QUARANTINED}),
    _B.DONE: frozenset(),
    _B.QUARANTINED: frozenset({_B.READY}),
    _B.ABANDONED: frozenset(),
}
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    _J.STARTING: frozenset({_J.RUNNING, _J.FAILED}),
    _J.RUNNING: frozenset({_J.DONE, _J.FAILED}),
    _J.DONE: frozenset({_J.STARTING}),
    _J.FAILED: frozenset({_J.STARTING}),
}
OPEN = frozenset({_B.CLAIMING, _B.READY, _B.RUNNING})
"""Batches that `submit` still has to work on."""


class IllegalMoveError(Exception):
    """The code asked for a move that the table does not have: a bug, never the input's fault."""


def refuse_illegal_move(now: State, then: State, moves: Mapping[State, frozenset[State]]) -> None:
    """Raise IllegalMoveError unless the table has the move from `now` to `then`."""
    if then not in moves[now]:
        raise IllegalMoveError(f"{type(now).__name__} {now} may not become {then}")
