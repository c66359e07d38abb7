"""Trigger a scheduled job (the refit, the maintenance) by hand, and wait for the end of its run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.plans import ATTEMPTS, TriggerOutcome
from chalicelib.domain.states import JobState
from chalicelib.services.ports import ENDED
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind
from contracts.jobs.report import GIVE_UP
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.stack_state import RunTimes

AT_WORK = frozenset(
    {TriggerOutcome.STARTED, TriggerOutcome.STARTED_AGAIN, TriggerOutcome.RUNNING, TriggerOutcome.OVERTAKEN}
)
"""There is a run to wait for."""
SETTLED = frozenset({TriggerOutcome.NOTHING_CHANGED, TriggerOutcome.DONE_ALREADY})
"""There is nothing to do."""
NO_ROWS = "there are no photos with features yet: `fruits upload DIR --wait` uploads some"


@dataclass(frozen=True, slots=True)
class TriggerResult:
    """The result of a trigger; `run_id` is the job's latest run, None where there is none."""

    kind: Kind
    outcome: TriggerOutcome
    run_id: str | None

    def sentence(self) -> str:
        """Return the result in words."""
        return _SENTENCES[self.outcome].format(kind=self.kind, run=self.run_id, attempts=ATTEMPTS)


_SENTENCES: Mapping[TriggerOutcome, str] = {
    TriggerOutcome.STARTED: "A {kind} run has started.",
    TriggerOutcome.STARTED_AGAIN: "A {kind} run that was asked for earlier has started.",
    TriggerOutcome.RUNNING: "A {kind} run is at work already ({run}).",
    TriggerOutcome.OVERTAKEN: "Somebody else has triggered the {kind} at the same moment.",
    TriggerOutcome.NO_TABLE: f"There is nothing to {{kind}}: {NO_ROWS}.",
    TriggerOutcome.NO_ROWS: f"There is nothing to {{kind}}: {NO_ROWS}.",
    TriggerOutcome.NOTHING_CHANGED: "No row has changed since the latest model was fitted: no run was started.",
    TriggerOutcome.DONE_ALREADY: "A {kind} run has succeeded at this already ({run}): no other one was started.",
    TriggerOutcome.GIVEN_UP: (
        "All {attempts} runs of this {kind} failed, and it is not tried again by itself. See why: `fruits logs {run}`; "
        "once that is mended: `fruits refit --full` or `fruits maintain --again`."
    ),
}


def trigger(pipeline: Pipeline, kind: Kind, payload: Mapping[str, Any]) -> TriggerResult:
    """Invoke the job's function, as its schedule does with an empty payload.

    Raises:
        GiveUp: the function refused the payload, there is nothing to work on, or earlier runs failed too often.
        RetryLater: the function failed, or the payload asks for something while another run is at work.
    """
    functions = {Kind.REFIT: pipeline.stack.refit_function, Kind.MAINTAIN: pipeline.stack.maintain_function}
    answer = pipeline.invoke(functions[kind], payload)
    result = TriggerResult(kind, TriggerOutcome(answer["outcome"]), answer["run_id"])
    if result.outcome not in AT_WORK | SETTLED:
        raise GiveUp(result.sentence())
    if payload and result.outcome in {TriggerOutcome.RUNNING, TriggerOutcome.OVERTAKEN, TriggerOutcome.STARTED_AGAIN}:
        raise RetryLater(f"{result.sentence()} It knows nothing of your options: wait for its end, then ask again.")
    return result


def wait(
    pipeline: Pipeline,
    triggered: TriggerResult,
    show: Callable[[RunTimes], None],
    *,
    within: float = 3600.0,
    every: float = 0.5,
    sleep: Callable[[float], None] = time.sleep,
) -> RunTimes:
    """Watch a run until it has ended and the ledger knows; `show` is called with each look.

    Raises:
        GiveUp, RetryLater: the run failed; the family is that of its report.
        RetryLater: the run has not ended after `within` seconds.
    """

    def look() -> RunTimes | None:
        run_id = triggered.run_id or _run_of(pipeline, triggered.kind)
        return pipeline.run(run_id) if run_id else None

    for run in poll(look, within=within, every=every, sleep=sleep):
        if run is not None:
            show(run)
            if run.state in ENDED and not _awaited(pipeline, run):
                return _check_success(pipeline, run)
    raise RetryLater(f"after {within:.0f} s the {triggered.kind} run {run.run_id if run else None} has not ended")


def _run_of(pipeline: Pipeline, kind: Kind) -> str | None:
    """Return the run that the ledger has: a trigger that was overtaken does not know the other one's run."""
    job = pipeline.job(kind)
    return job.run.run_id if job and job.run else None


def _awaited(pipeline: Pipeline, run: RunTimes) -> bool:
    """Return whether the ledger still waits for the run's end: the event comes a moment after it."""
    job = pipeline.job(run.kind)
    return job is not None and job.state is JobState.RUNNING and job.run is not None and job.run.run_id == run.run_id


def _check_success(pipeline: Pipeline, run: RunTimes) -> RunTimes:
    if run.state == "SUCCESS":
        return run
    report = pipeline.report(run.run_id)
    why = report.get("error") or f"what it said: `fruits logs {run.run_id}`"
    family = GiveUp if report.get("outcome") == GIVE_UP else RetryLater
    raise family(f"the {run.kind} run {run.run_id} ended as {run.state}: {why}")
