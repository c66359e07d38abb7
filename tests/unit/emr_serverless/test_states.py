import botocore.session
import pytest

from infra.local.emr_serverless.rules.states import (
    APPLICATION_MOVES,
    OCCUPYING,
    RUN_MOVES,
    TERMINAL,
    WAITING,
    ApplicationState,
    IllegalTransitionError,
    RunState,
    check_application_move,
    check_run_move,
)

R, A = RunState, ApplicationState
MODEL = botocore.session.get_session().get_service_model("emr-serverless")


def test_the_states_are_those_of_the_service_model() -> None:
    assert set(MODEL.shape_for("JobRunState").enum) == set(RunState)
    assert set(MODEL.shape_for("ApplicationState").enum) == set(ApplicationState)


def test_the_ends_of_a_run_are_success_failed_and_cancelled() -> None:
    assert {R.SUCCESS, R.FAILED, R.CANCELLED} == TERMINAL


def test_every_state_waits_or_occupies_or_has_ended() -> None:
    assert set(RunState) == WAITING | OCCUPYING | TERMINAL
    assert not WAITING & OCCUPYING
    assert R.CANCELLING in OCCUPYING


def test_every_state_is_reached_from_the_first() -> None:
    for moves, first in ((RUN_MOVES, R.SUBMITTED), (APPLICATION_MOVES, A.CREATING)):
        reached = {first}
        for _ in moves:
            reached |= {after for state in reached for after in moves[state]}  # type: ignore[index]
        assert reached == set(moves)


def test_no_run_is_cancelled_but_by_way_of_cancelling() -> None:
    assert [state for state, moves in RUN_MOVES.items() if R.CANCELLED in moves] == [R.CANCELLING]


@pytest.mark.parametrize(("old", "new"), [(R.SUCCESS, R.RUNNING), (R.SUBMITTED, R.RUNNING), (R.CANCELLING, R.SUCCESS)])
def test_an_illegal_move_of_a_run_is_a_fault(old: RunState, new: RunState) -> None:
    with pytest.raises(IllegalTransitionError, match=f"{old} to {new}"):
        check_run_move(old, new)


def test_an_illegal_move_of_an_application_is_a_fault() -> None:
    with pytest.raises(IllegalTransitionError):
        check_application_move(A.STARTED, A.TERMINATED)
