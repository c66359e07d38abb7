"""Start the doctor's run on a deployed stack, and watch what the service makes of it."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chalicelib.domain.sizing import Size
from chalicelib.services.ports import ENDED, JobRunner
from contracts.errors import RetryLater
from contracts.jobs.arguments import DoctorArguments
from contracts.jobs.names import Kind
from infra.ops import one_off
from infra.ops.doctor.findings import Observed
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.stack_state import RunTimes

SIZE = Size(executors=1, executor_cores=1, timeout_minutes=15)
"""The smallest executor beside the driver of every job: two vCPU and six GB for a few minutes, about a cent."""


def start(pipeline: Pipeline, runner: JobRunner, settle_seconds: int, now: datetime) -> str:
    """Start a run and return its id.

    Raises:
        RetryLater: the service did not answer.
        GiveUp: it refused.
    """
    photos = f"s3://{pipeline.stack.photos_bucket}/{pipeline.settings().common.photos_prefix.rstrip('/')}"
    arguments = DoctorArguments(photos=photos, settle_seconds=settle_seconds).to_list()
    return str(one_off.start(runner, Kind.DOCTOR, arguments, now, SIZE).run_id)


def observe(
    pipeline: Pipeline,
    runner: JobRunner,
    run_id: str,
    show: Callable[[RunTimes], None],
    *,
    patience: float,
    within: float = 1800.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Observed:
    """Watch a run to its end and then, for `patience` seconds at most, for its logs and its bill.

    Raises:
        RetryLater: it has not ended after `within` seconds.
    """
    run = _ended(pipeline, run_id, show, within, sleep)
    ended, seen = clock(), dict[str, float]()
    looks: dict[str, Callable[[], Any]] = {
        "stored": lambda: pipeline.run_logs.stored(run_id, "stdout") or pipeline.run_logs.stored(run_id, "stderr"),
        "live": lambda: pipeline.run_logs.live(run_id, "stdout") or pipeline.run_logs.live(run_id, "stderr"),
        "billed": lambda: pipeline.run(run_id).billed,
    }
    while True:
        for name in [name for name, look in looks.items() if name not in seen and look()]:
            seen[name] = round(clock() - ended, 1)
        if len(seen) == len(looks) or clock() - ended > patience:
            break
        sleep(2.0)
    known = runner.get_run(run_id)
    return Observed(
        run_id=run_id,
        state=run.state,
        details=known.details if known else "",
        requested_at=run.created_at,
        stored_after=seen.get("stored"),
        live_after=seen.get("live"),
        billed_after=seen.get("billed"),
        billed=pipeline.run(run_id).billed,
        patience=patience,
        found=pipeline.report(run_id).get("found", {}),
    )


def _ended(
    pipeline: Pipeline, run_id: str, show: Callable[[RunTimes], None], within: float, sleep: Callable[[float], None]
) -> RunTimes:
    for run in poll(lambda: pipeline.run(run_id), within=within, every=1.0, sleep=sleep):
        show(run)
        if run.state in ENDED:
            return run
    raise RetryLater(f"after {within:.0f} s the doctor's run {run_id} is {run.state}: `fruits logs {run_id}`")
