"""What a firing comes to is said in words, and a run is waited for until the ledger knows of its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from chalicelib.domain.plans import RunPlan, TriggerOutcome
from chalicelib.domain.records import LedgerRun, ScheduledJob
from chalicelib.domain.states import JobState
from contracts.errors import GiveUp, PipelineError, RetryLater
from contracts.jobs.names import Kind
from infra.ops import scheduled_jobs
from infra.ops.pipeline import Pipeline
from infra.ops.scheduled_jobs import TriggerResult
from infra.ops.stack_state import RunTimes

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLAN = RunPlan("77", 40)
AT_WORK = RunTimes("r1", Kind.REFIT, "77", "RUNNING", NOW, NOW, None, None, {})
OVER = replace(AT_WORK, state="SUCCESS")


def job(state: JobState, run_id: str = "r1") -> ScheduledJob:
    return ScheduledJob(Kind.REFIT, state, PLAN, run=LedgerRun(run_id, 1, "SUBMITTED", NOW))


class FakePipeline:
    """A stack whose function answers `told`, whose run takes on `runs`, and whose ledger has `jobs`, look by look."""

    def __init__(
        self, told: Any = None, runs: Sequence[RunTimes] = (), jobs: Sequence[ScheduledJob | None] = ()
    ) -> None:
        self.told, self.runs, self.jobs = told, iter(runs), iter(jobs)
        self.invoked: list[tuple[str, Any]] = []
        self.reported: dict[str, Any] = {}
        self.stack = type("Stack", (), {"refit_function": "the-refit", "maintain_function": "the-maintenance"})()

    def invoke(self, function: str, payload: Any) -> Any:
        self.invoked.append((function, payload))
        return self.told

    def run(self, run_id: str) -> RunTimes:
        return replace(next(self.runs), run_id=run_id)

    def job(self, kind: Kind) -> ScheduledJob | None:
        assert kind is Kind.REFIT
        return next(self.jobs)

    def report(self, run_id: str) -> dict[str, Any]:
        assert run_id == "r1"
        return self.reported


def told(outcome: TriggerOutcome) -> dict[str, Any]:
    return {"outcome": outcome.value, "run": "refit/77/1", "run_id": "r1"}


def fired(pipeline: FakePipeline, payload: dict[str, Any], kind: Kind = Kind.REFIT) -> TriggerResult:
    return scheduled_jobs.trigger(cast(Pipeline, pipeline), kind, payload)


def waited(pipeline: FakePipeline, run_id: str | None = "r1", within: float = 1e9) -> tuple[RunTimes, list[RunTimes]]:
    seen: list[RunTimes] = []
    fired = TriggerResult(Kind.REFIT, TriggerOutcome.STARTED, run_id)
    run = scheduled_jobs.wait(cast(Pipeline, pipeline), fired, seen.append, within=within, sleep=lambda _: None)
    return run, seen


@pytest.mark.parametrize("outcome", TriggerOutcome)
def test_every_outcome_of_a_firing_has_its_sentence(outcome: TriggerOutcome) -> None:
    sentence = TriggerResult(Kind.REFIT, outcome, "r1").sentence()
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_each_job_has_its_function_which_gets_the_options_as_they_are() -> None:
    pipeline = FakePipeline(told(TriggerOutcome.STARTED))
    assert fired(pipeline, {"k": 5}) == TriggerResult(Kind.REFIT, TriggerOutcome.STARTED, "r1")
    fired(pipeline, {}, Kind.MAINTAIN)
    assert pipeline.invoked == [("the-refit", {"k": 5}), ("the-maintenance", {})]


@pytest.mark.parametrize("outcome", [TriggerOutcome.NO_TABLE, TriggerOutcome.NO_ROWS, TriggerOutcome.GIVEN_UP])
def test_where_a_person_has_to_do_something_first_it_is_an_error(outcome: TriggerOutcome) -> None:
    with pytest.raises(GiveUp, match="fruits"):
        fired(FakePipeline(told(outcome)), {})


def test_options_never_end_in_a_run_that_knows_nothing_of_them() -> None:
    pipeline = FakePipeline(told(TriggerOutcome.RUNNING))
    assert fired(pipeline, {}).outcome is TriggerOutcome.RUNNING
    with pytest.raises(RetryLater, match="your options"):
        fired(pipeline, {"full": True})


def test_a_run_is_over_when_the_ledger_knows_so() -> None:
    pipeline = FakePipeline(runs=[AT_WORK, OVER, OVER], jobs=[job(JobState.RUNNING), job(JobState.DONE)])
    run, seen = waited(pipeline)
    assert run.state == "SUCCESS"
    assert [one.state for one in seen] == ["RUNNING", "SUCCESS", "SUCCESS"]


def test_a_run_that_the_ledger_has_left_behind_is_not_waited_for() -> None:
    run, _ = waited(FakePipeline(runs=[OVER], jobs=[job(JobState.RUNNING, run_id="r2")]))
    assert run.run_id == "r1"


def test_who_was_overtaken_waits_for_the_other_one_s_run() -> None:
    pipeline = FakePipeline(runs=[OVER], jobs=[None, job(JobState.RUNNING), job(JobState.DONE)])
    run, _ = waited(pipeline, run_id=None)
    assert run.run_id == "r1"


@pytest.mark.parametrize(
    ("report", "family", "said"),
    [
        ({"outcome": "GiveUp", "error": "row p7 is not finite"}, GiveUp, "row p7 is not finite"),
        ({"outcome": "RetryLater", "error": "the store was busy"}, RetryLater, "the store was busy"),
        ({}, RetryLater, "fruits logs r1"),
    ],
)
def test_a_run_that_failed_is_an_error_in_its_own_words(
    report: dict[str, str], family: type[PipelineError], said: str
) -> None:
    pipeline = FakePipeline(runs=[replace(OVER, state="FAILED")], jobs=[job(JobState.FAILED)])
    pipeline.reported = report
    with pytest.raises(family, match=said):
        waited(pipeline)


def test_a_run_that_never_ends_is_given_up_in_time() -> None:
    with pytest.raises(RetryLater, match="has not ended"):
        waited(FakePipeline(runs=[AT_WORK] * 3), within=-1.0)
