"""The table of states, and its picture in the docs."""

from pathlib import Path

import pytest

from chalicelib.domain.states import (
    BATCH_MOVES,
    JOB_MOVES,
    PHOTO_MOVES,
    BatchState,
    IllegalMoveError,
    JobState,
    PhotoState,
    refuse_illegal_move,
)
from tests.unit.functions.state_diagrams import as_mermaid

DOC = Path(__file__).resolve().parents[3] / "docs" / "event-path.md"


def test_the_drawing_in_the_docs_is_the_table_in_force() -> None:
    _, _, rest = DOC.read_text().partition("<!-- states -->\n")
    drawn, _, _ = rest.partition("<!-- end of states -->")

    assert drawn == as_mermaid()


@pytest.mark.parametrize("now", BatchState)
@pytest.mark.parametrize("then", BatchState)
def test_a_batch_moves_as_the_table_says_and_not_otherwise(now: BatchState, then: BatchState) -> None:
    if then in BATCH_MOVES[now]:
        refuse_illegal_move(now, then, BATCH_MOVES)
    else:
        with pytest.raises(IllegalMoveError):
            refuse_illegal_move(now, then, BATCH_MOVES)


@pytest.mark.parametrize("now", JobState)
@pytest.mark.parametrize("then", JobState)
def test_a_scheduled_job_moves_as_the_table_says_and_not_otherwise(now: JobState, then: JobState) -> None:
    if then in JOB_MOVES[now]:
        refuse_illegal_move(now, then, JOB_MOVES)
    else:
        with pytest.raises(IllegalMoveError):
            refuse_illegal_move(now, then, JOB_MOVES)


def test_a_scheduled_job_is_never_at_its_end() -> None:
    assert all(JOB_MOVES.values())
    assert {then for moves in JOB_MOVES.values() for then in moves} == set(JobState)


def test_every_state_can_be_reached_and_every_photo_comes_to_an_end() -> None:
    assert {then for moves in PHOTO_MOVES.values() for then in moves} == set(PhotoState)
    assert {state for state, moves in PHOTO_MOVES.items() if not moves} == {PhotoState.DONE, PhotoState.REJECTED}
    assert {then for moves in BATCH_MOVES.values() for then in moves} | {BatchState.CLAIMING} == set(BatchState)
