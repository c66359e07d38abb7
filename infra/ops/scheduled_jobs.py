"""Fire a standing job by hand, and wait for the end of its run: the refit, the maintenance."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.plans import ATTEMPTS, TriggerOutcome
from chalicelib.domain.states import JobState
from chalicelib.services.ports import ENDED
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import RunTimes

AT_WORK = frozenset(
    {TriggerOutcome.STARTED, TriggerOutcome.STARTED_AGAIN, TriggerOutcome.RUNNING, TriggerOutcome.OVERTAKEN}
)
"""There is a run to wait for."""
SETTLED = frozenset({TriggerOutcome.NOTHING_CHANGED, TriggerOutcome.DONE_ALREADY})
"""There is nothing to do."""
NO_ROWS = "there are no photos with features yet: `fruits upload DIR --wait` uploads some"


@dataclass(frozen=True, slots=True)
class Fired:
    """What a firing came to; `run_id` is the job's latest run, where there is one."""

    kind: Kind
    outcome: TriggerOutcome
    run_id: str | None

    def sentence(self) -> str:
        """Say what it came to."""
        return _SENTENCES[self.outcome].format(kind=self.kind, run=self.run_id, attempts=ATTEMPTS)


_SENTENCES: Mapping[TriggerOutcome, str] = {
    TriggerOutcome.STARTED: "A {kind} run has started.",
    TriggerOutcome.STARTED_AGAIN: "A {kind} run that was asked for earlier has started.",
    TriggerOutcome.RUNNING: "A {kind} run is at work already ({run}).",
    TriggerOutcome.OVERTAKEN: "Somebody else has fired the {kind} at the same moment.",
    TriggerOutcome.NO_TABLE: f"There is nothing to {{kind}}: {NO_ROWS}.",
    TriggerOutcome.NO_ROWS: f"There is nothing to {{kind}}: {NO_ROWS}.",
    TriggerOutcome.NOTHING_CHANGED: "No row has changed since the latest model was fitted: no run was started.",
    TriggerOutcome.DONE_ALREADY: "A {kind} run has succeeded at this already ({run}): no other one was started.",
    TriggerOutcome.GIVEN_UP: (
        "All {attempts} runs of this {kind} failed, and it is not tried again by itself. See why: "
        "`fruits local logs {run}`."
    ),
}


def fire(pipeline: Pipeline, kind: Kind, payload: Mapping[str, Any]) -> Fired:
    """Invoke the job's function, as its schedule does, which sends an empty payload.

    Raises:
        GiveUp: the function refused the payload, there is nothing to work on, or earlier runs failed too often.
        RetryLater: the function failed, or the payload asks for something while another run is at work.
    """
    functions = {Kind.REFIT: pipeline.stack.refit_function, Kind.MAINTAIN: pipeline.stack.maintain_function}
    told = pipeline.invoke(functions[kind], payload)
    fired = Fired(kind, TriggerOutcome(told["outcome"]), told["run_id"])
    if fired.outcome not in AT_WORK | SETTLED:
        raise GiveUp(fired.sentence())
    if payload and fired.outcome in {TriggerOutcome.RUNNING, TriggerOutcome.OVERTAKEN, TriggerOutcome.STARTED_AGAIN}:
        raise RetryLater(f"{fired.sentence()} It knows nothing of your options: wait for its end, then ask again.")
    return fired


def wait(
    pipeline: Pipeline,
    fired: Fired,
    shown: Callable[[RunTimes], None],
    *,
    within: float = 3600.0,
    every: float = 0.5,
    sleep: Callable[[float], None] = time.sleep,
) -> RunTimes:
    """Watch a run, showing each look, until it has ended and the ledger knows.

    Raises:
        GiveUp, RetryLater: it failed, as it says itself; or `within` seconds were not enough (RetryLater).
    """
    deadline = time.monotonic() + within
    while True:
        run_id = fired.run_id or _run_of(pipeline, fired.kind)
        run = pipeline.run(run_id) if run_id else None
        if run is not None:
            shown(run)
            if run.state in ENDED and not _awaited(pipeline, run):
                return _succeeded(pipeline, run)
        if time.monotonic() > deadline:
            raise RetryLater(f"after {within:.0f} s the {fired.kind} run {run_id} has not ended")
        sleep(every)


def _run_of(pipeline: Pipeline, kind: Kind) -> str | None:
    """Return the run that the ledger knows of: who was overtaken is not told of the other one's."""
    job = pipeline.job(kind)
    return job.run.run_id if job and job.run else None


def _awaited(pipeline: Pipeline, run: RunTimes) -> bool:
    """Say whether the ledger still waits for the run's end: its event comes a moment later."""
    job = pipeline.job(run.kind)
    return job is not None and job.state is JobState.RUNNING and job.run is not None and job.run.run_id == run.run_id


def _succeeded(pipeline: Pipeline, run: RunTimes) -> RunTimes:
    if run.state == "SUCCESS":
        return run
    report = pipeline.report(run.run_id)
    why = report.get("error") or f"what it said: `fruits local logs {run.run_id}`"
    family = GiveUp if report.get("outcome") == "GiveUp" else RetryLater
    raise family(f"the {run.kind} run {run.run_id} ended as {run.state}: {why}")
