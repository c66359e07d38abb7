"""Start a job that no schedule fires and no ledger waits for: a person wants it once, such as the repair.

By the service itself and not by a function: the request is the one that a function would make, and there is nothing to
decide, nothing to remember, and no right to give to a function that only people would use.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.aws.job_runner import EmrJobRunner, target_of
from chalicelib.domain.plans import TriggerOutcome
from chalicelib.domain.sizing import Size
from chalicelib.services.ports import Job, JobRunner
from contracts.jobs.names import Kind, RunName
from infra.ops.pipeline import Pipeline
from infra.ops.scheduled_jobs import Fired

SIZE = Size(executors=1, executor_cores=2, timeout_minutes=60)
"""As the least that a maintenance has: a table of a million rows, and most of its batches are not touched."""


def runner_of(pipeline: Pipeline) -> EmrJobRunner:
    """Return what starts runs in the stack, as its functions do: by their settings."""
    return EmrJobRunner(pipeline.emr, target_of(pipeline.settings()))


def start(runner: JobRunner, kind: Kind, arguments: Sequence[str], now: datetime) -> Fired:
    """Start a run; `standing.wait` waits for it. Two of one second are one run.

    Raises:
        RetryLater, GiveUp: the service did not answer, or refused.
    """
    name = RunName(kind, f"{now:%Y%m%dT%H%M%S}", 1)
    run_id = runner.start(Job(name, tuple(arguments), SIZE))
    return Fired(kind, TriggerOutcome.STARTED, run_id)
