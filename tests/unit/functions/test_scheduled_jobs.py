"""However often a scheduled job is triggered, each subject has one run, and no two runs are at work at once."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.plans import ATTEMPTS, TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState
from chalicelib.services.ports import Job, JobRun
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind, RunName
from tests.fakes.functions import FakeJobLedger, FakeJobRunner, FakeManifests
from tests.fakes.interposed import CrashError, crashing, interposed, meeting
from tests.unit.functions.scheduled_world import World


@pytest.fixture
def world() -> World:
    return World()


def test_ten_triggers_at_one_snapshot_are_one_run_while_it_works_and_after_it_has_ended(world: World) -> None:
    assert [world.refit() for _ in range(5)] == [TriggerOutcome.STARTED] + [TriggerOutcome.RUNNING] * 4
    world.end("run-0")
    assert [world.refit() for _ in range(5)] == [TriggerOutcome.NOTHING_CHANGED] * 5

    assert world.runs == ["run-0"]
    assert world.counts["refit_done"] == world.counts["refit_run_started"] == 1


def test_new_rows_are_a_new_run_and_no_sooner_than_the_last_one_has_ended(world: World) -> None:
    world.refit()
    world.history.commit()
    assert world.refit() is TriggerOutcome.RUNNING

    world.runner.end("run-0")  # it had pinned the snapshot before: its model has not seen the new rows
    world.jobs().record_end(world.runner.runs["run-0"], world.tally)
    assert world.refit() is TriggerOutcome.STARTED
    assert len(world.runs) == 2


def test_a_run_that_pinned_a_later_snapshot_than_it_was_started_for_is_not_repeated(world: World) -> None:
    world.refit()
    world.history.commit()
    world.end("run-0")

    assert world.refit() is TriggerOutcome.NOTHING_CHANGED


def test_a_compaction_is_no_reason_for_a_run(world: World) -> None:
    world.refit()
    world.end("run-0")
    world.history.compact()
    world.history.compact()

    assert world.refit() is TriggerOutcome.NOTHING_CHANGED
    assert world.runs == ["run-0"]


def test_a_success_that_left_no_model_is_not_repeated_at_the_same_rows(world: World) -> None:
    world.refit()
    world.end("run-0", publishes=False)
    world.history.compact()

    assert world.refit() is TriggerOutcome.DONE_ALREADY


def test_by_hand_with_options_there_is_a_run_of_the_same_snapshot_but_never_two_at_once(world: World) -> None:
    world.refit()
    assert world.refit(full=True) is TriggerOutcome.RUNNING
    world.end("run-0")

    assert world.refit(full=True, k=50) is TriggerOutcome.STARTED
    assert world.refit(full=True, k=50) is TriggerOutcome.RUNNING
    world.end("run-1")
    assert world.refit(full=True, k=50) is TriggerOutcome.STARTED

    assert [job.arguments for job in world.runner.jobs.values()] == [
        (),
        ("--full", "--k", "50"),
        ("--full", "--k", "50"),
    ]
    assert [str(job.name).rpartition("/")[2] for job in world.runner.jobs.values()] == ["1", "2", "3"]
    assert len(set(world.runner.calls)) == 3


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_snapshot_is_tried_three_times_each_under_a_new_token_then_given_up(world: World, state: str) -> None:
    outcomes = []
    for _ in range(ATTEMPTS + 2):
        outcomes.append(world.refit())
        for run_id in world.runner.running():
            world.end(run_id, state)

    assert outcomes == [TriggerOutcome.STARTED] * 3 + [TriggerOutcome.GIVEN_UP] * 2
    assert len(set(world.runner.calls)) == 3
    assert (world.job.state, world.job.failures) == (JobState.FAILED, 3)


def test_after_giving_up_new_rows_or_a_person_start_a_run(world: World) -> None:
    for _ in range(3):
        world.refit()
        world.end(world.runner.running()[0], "FAILED")

    assert world.refit(full=True) is TriggerOutcome.STARTED
    world.end(world.runner.running()[0], "FAILED")
    assert world.refit() is TriggerOutcome.GIVEN_UP
    world.history.commit()
    assert world.refit() is TriggerOutcome.STARTED
    assert (world.job.attempt, world.job.failures) == (1, 0)


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED"])
def test_a_run_whose_event_never_came_is_asked_for_and_settled_first(world: World, state: str) -> None:
    world.refit()
    world.end("run-0", state, reported=False)

    outcome = world.refit()

    assert outcome is (TriggerOutcome.NOTHING_CHANGED if state == "SUCCESS" else TriggerOutcome.STARTED)
    assert world.counts["refit_run_reconciled"] == 1
    assert len(world.runs) == (1 if state == "SUCCESS" else 2)


def test_while_the_service_does_not_say_whether_a_run_works_none_is_started(world: World) -> None:
    world.refit()
    world.end("run-0", "FAILED", reported=False)

    class Silent(FakeJobRunner):
        def get_run(self, run_id: str) -> JobRun:  # noqa: ARG002
            raise RetryLater("emr: ReadTimeoutError")

    world.runner, spoken = Silent(FakeManifests()), world.runner
    with pytest.raises(RetryLater):
        world.refit(full=True)
    assert world.runs == []
    world.runner = spoken
    assert world.refit() is TriggerOutcome.STARTED


def test_a_start_whose_reply_is_lost_five_times_is_one_run_under_one_token(world: World) -> None:
    world.runner.lost_replies = 5

    for _ in range(5):
        with pytest.raises(RetryLater):
            world.refit()
    assert world.refit() is TriggerOutcome.STARTED_AGAIN

    assert len(world.runner.calls) == 6
    assert len(set(world.runner.calls)) == len(world.runs) == 1
    assert world.job.state is JobState.RUNNING


def test_a_start_whose_reply_is_lost_is_finished_as_it_was_even_if_the_table_moves_on_or_options_come(
    world: World,
) -> None:
    world.runner.lost_replies = 1
    with pytest.raises(RetryLater):
        world.refit()
    world.history.commit()

    assert world.refit(full=True) is TriggerOutcome.STARTED_AGAIN
    assert len(set(world.runner.calls)) == 1


def test_the_end_of_a_run_whose_start_has_no_reply_is_taken_by_its_name(world: World) -> None:
    world.runner.lost_replies = 1
    with pytest.raises(RetryLater):
        world.refit()

    world.end("run-0")

    assert (world.job.state, world.job.run and world.job.run.run_id) == (JobState.DONE, "run-0")
    assert world.refit() is TriggerOutcome.NOTHING_CHANGED


def refusing(world: World) -> FakeJobRunner:
    class Refusing(FakeJobRunner):
        def start(self, job: Job) -> str:
            world.runner.calls.append(str(job.name))
            raise GiveUp("StartJobRun: AccessDeniedException", "emr_refused")

    return Refusing(FakeManifests())


def test_a_start_that_is_refused_is_asked_for_anew_and_counts_as_no_failed_run(world: World) -> None:
    allowed, world.runner = world.runner, refusing(world)
    for _ in range(ATTEMPTS + 1):
        with pytest.raises(GiveUp):
            world.refit()

    assert len(set(world.runner.calls)) == ATTEMPTS + 1  # each under a token of its own
    world.runner = allowed
    assert world.refit() is TriggerOutcome.STARTED
    assert world.job.failures == 0


def test_an_end_told_five_times_and_out_of_order_is_one_end(world: World) -> None:
    world.refit()
    world.end("run-0", "FAILED")
    world.refit()
    world.jobs().record_end(world.runner.runs["run-0"], world.tally)
    assert world.job.state is JobState.RUNNING
    world.end("run-1")

    for run_id in ("run-0", "run-1", "run-1", "run-0"):
        world.jobs().record_end(world.runner.runs[run_id], world.tally)

    assert (world.job.state, world.job.attempt) == (JobState.DONE, 2)
    assert world.counts["refit_done"] == world.counts["refit_failed"] == 1
    assert world.counts["refit_run_not_awaited"] == 5


@pytest.mark.parametrize("state", ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"])
def test_a_state_that_is_no_end_changes_nothing(world: World, state: str) -> None:
    world.refit()
    before = world.job

    world.jobs().record_end(JobRun("run-0", before.name, state, "", None, {}), world.tally)

    assert world.job == before
    assert world.counts["refit_run_not_ended"] == 1
    world.runner.runs["run-0"] = JobRun("run-0", before.name, state, "", None, {})
    assert world.refit() is TriggerOutcome.RUNNING


@pytest.mark.parametrize("name", [RunName(Kind.REFIT, "1", 1), RunName(Kind.EXTRACT, "b", 1), None])
def test_a_run_nobody_awaits_changes_nothing(world: World, name: RunName | None) -> None:
    world.jobs().record_end(JobRun("stranger", name, "SUCCESS", "", 1, {}), world.tally)

    assert world.counts == {"job_run_not_awaited": 1}
    assert not world.ledger.kept


def test_the_ledger_says_how_long_the_run_took_and_what_was_billed(world: World) -> None:
    world.refit()
    world.end("run-0")

    run = world.job.run
    assert run is not None
    assert (run.run_id, run.state, run.seconds, run.billed) == ("run-0", "SUCCESS", 60, {"vCPUHour": 0.1})
    assert run.started_at == world.clock()


def test_the_answer_names_the_outcome_the_run_and_its_id(world: World) -> None:
    name = f"refit/{world.history.current}/1"

    assert world.trigger().to_dict() == {"outcome": "started", "run": name, "run_id": "run-0"}
    world.lake.history, world.ledger = None, type(world.ledger)()
    assert world.trigger().to_dict() == {"outcome": "no_table", "run": None, "run_id": None}


# In the order they happen; the second half after the run has failed and nobody was told.
STEPS = [("ledger", "job"), ("lake", "table"), ("lake", "model"), ("ledger", "keep"), ("runner", "start")]
FIRST = [(part, step, 1) for part, step in STEPS] + [("ledger", "keep", 2)]
SECOND = [("runner", "get_run", 1), ("ledger", "keep", 1), ("ledger", "keep", 2), ("runner", "start", 1)]
SECOND += [("ledger", "keep", 3)]


def kill_at(world: World, part: str, step: str, nth: int, before: bool, act: Callable[[], Any]) -> None:
    real = getattr(world, part)
    setattr(world, part, crashing(real, step, nth, after=not before))
    with pytest.raises(CrashError):
        act()
    setattr(world, part, real)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("part", "step", "nth"), FIRST)
def test_a_trigger_killed_at_any_step_leaves_what_the_next_one_finishes(
    world: World, part: str, step: str, nth: int, before: bool
) -> None:
    kill_at(world, part, step, nth, before, world.refit)

    world.refit()

    assert world.runs == ["run-0"]
    world.end("run-0")
    assert world.job.state is JobState.DONE
    assert world.refit() is TriggerOutcome.NOTHING_CHANGED


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("part", "step", "nth"), SECOND)
def test_a_trigger_that_settles_a_failed_run_may_be_killed_at_any_step_too(
    world: World, part: str, step: str, nth: int, before: bool
) -> None:
    world.refit()
    world.end("run-0", "FAILED", reported=False)
    kill_at(world, part, step, nth, before, world.refit)

    world.refit()

    assert world.runs == ["run-0", "run-1"]
    assert (world.job.attempt, world.job.failures) == (2, 1)
    world.end("run-1")
    assert world.refit() is TriggerOutcome.NOTHING_CHANGED


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("lost_reply", "nth"), [(False, 1), (True, 1), (True, 2)])
def test_an_event_that_is_cut_short_is_made_up_for_by_the_next_trigger(
    world: World, before: bool, lost_reply: bool, nth: int
) -> None:
    world.runner.lost_replies = int(lost_reply)
    try:
        world.refit()
    except RetryLater:
        assert lost_reply
    kill_at(world, "ledger", "keep", nth, before, lambda: world.end("run-0"))

    outcomes = [world.refit(), world.refit()]

    assert outcomes[-1] is TriggerOutcome.NOTHING_CHANGED
    assert world.job.state is JobState.DONE
    assert world.runs == ["run-0"]


def meet_at(world: World, part: str, step: str, other: Callable[[], Any]) -> None:
    """Have `other` happen right before the next call of a step."""
    setattr(world, part, meeting(getattr(world, part), step, other))


@pytest.mark.parametrize(("part", "step"), [*STEPS, ("runner", "get_run")])
@pytest.mark.parametrize("earlier", [None, "FAILED", "SUCCESS"], ids=["first", "after a failure", "after a success"])
@pytest.mark.parametrize("options", [{}, {"full": True}], ids=["by schedule", "by hand"])
def test_of_two_triggers_at_once_one_run_comes_wherever_they_meet(
    world: World, part: str, step: str, earlier: str | None, options: dict[str, Any]
) -> None:
    if earlier:
        world.refit()
        world.end("run-0", earlier, reported=False)
        world.history.commit()
    meet_at(world, part, step, lambda: world.refit(**options))

    world.refit()

    assert len(world.runner.running()) == 1
    assert len(world.runs) == (2 if earlier else 1)


def test_who_was_overtaken_is_told_of_the_other_ones_run(world: World) -> None:
    meet_at(world, "ledger", "keep", world.refit)

    answer = world.trigger(full=True).to_dict()

    assert answer == {"outcome": "overtaken", "run": str(world.job.name), "run_id": "run-0"}


def test_an_event_that_settles_the_run_while_a_trigger_looks_at_it_is_no_end_of_the_trigger(world: World) -> None:
    world.refit()
    world.end("run-0", "FAILED", reported=False)
    meet_at(world, "ledger", "keep", lambda: world.jobs().record_end(world.runner.runs["run-0"], world.tally))

    assert world.refit() is TriggerOutcome.STARTED
    assert (world.runs, world.job.failures) == (["run-0", "run-1"], 1)


class Careless(FakeJobLedger):
    """Takes every write."""

    def keep(self, job: ScheduledJob) -> bool:
        self.kept[job.kind] = job
        return True


def test_red_twin_a_ledger_that_takes_every_write_lets_two_runs_work_at_once(world: World) -> None:
    world.ledger = Careless()
    world.refit()
    world.end("run-0")
    world.history.commit()
    late = world.job
    world.refit()
    world.history.commit()
    # It had looked before the other one wrote.
    world.ledger = interposed(world.ledger, "job", lambda _real, _kind: late)
    world.refit()

    assert len(world.runner.running()) == 2


def test_maintenance_runs_once_a_day_and_beside_a_refit(world: World) -> None:
    world.refit()
    assert [world.maintain() for _ in range(3)] == [
        TriggerOutcome.STARTED,
        TriggerOutcome.RUNNING,
        TriggerOutcome.RUNNING,
    ]
    world.end("run-1", publishes=False)
    assert [world.maintain() for _ in range(3)] == [TriggerOutcome.DONE_ALREADY] * 3
    assert world.maintain(again=True) is TriggerOutcome.STARTED
    world.end("run-2", "FAILED")

    world.clock.pass_(days=1)
    assert world.maintain() is TriggerOutcome.STARTED

    assert [str(job.name) for job in world.runner.jobs.values()][1:] == [
        "maintain/2026-11-24/1",
        "maintain/2026-11-24/2",
        "maintain/2026-11-25/1",
    ]
    assert world.job.state is JobState.RUNNING
