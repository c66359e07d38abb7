"""Start a job that no schedule triggers and no ledger waits for: a person wants it once, such as the repair.

The service starts it, without a function: there is nothing to decide and nothing to remember, and a function that only
people use would need rights of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.aws.job_runner import EmrJobRunner, target_of
from chalicelib.domain.plans import TriggerOutcome
from chalicelib.domain.sizing import Size
from chalicelib.services.ports import Job, JobRunner
from contracts.jobs.names import Kind, RunName
from infra.ops.pipeline import Pipeline
from infra.ops.scheduled_jobs import TriggerResult

SIZE = Size(executors=1, executor_cores=2, timeout_minutes=60)
"""That of the smallest maintenance: enough for a table of a million rows of which most batches stay untouched."""


def runner_of(pipeline: Pipeline) -> EmrJobRunner:
    """Return the job runner of the stack, with the settings of its functions."""
    return EmrJobRunner(pipeline.emr, target_of(pipeline.settings()))


def start(runner: JobRunner, kind: Kind, arguments: Sequence[str], now: datetime, size: Size = SIZE) -> TriggerResult:
    """Start a run; `scheduled_jobs.wait` waits for its end. Two starts within one second (UTC) are one run.

    Raises:
        RetryLater: the service did not answer.
        GiveUp: it refused.
    """
    name = RunName(kind, f"{now:%Y%m%dT%H%M%S}", 1)
    run_id = runner.start(Job(name, tuple(arguments), size))
    return TriggerResult(kind, TriggerOutcome.STARTED, run_id)
