"""The EMR Serverless application around a deployment: it has to be stopped before it changes or goes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.errors import RetryLater
from infra.ops.polling import poll
from infra.ops.target import Target

_AT_WORK = ("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED")
_STOPPED = frozenset({"CREATED", "STOPPED", "TERMINATED"})
_THERE = ("CREATING", "CREATED", "STARTING", "STARTED", "STOPPING", "STOPPED")
_WITHIN_SECONDS = 600.0


def applications(target: Target) -> list[Mapping[str, Any]]:
    """Return the applications of the account in this Region, as the service lists them, without the deleted ones."""
    pages = target.client("emr-serverless").get_paginator("list_applications").paginate(states=list(_THERE))
    return [one for page in pages for one in page["applications"]]


@dataclass(frozen=True, slots=True)
class SparkApplication:
    """An application. `emr` is a boto3 client of EMR Serverless."""

    emr: Any
    application_id: str
    sleep: Callable[[float], None] = time.sleep

    def runs_at_work(self) -> list[str]:
        """Return the ids of the runs that have not ended."""
        pages = self.emr.get_paginator("list_job_runs").paginate(
            applicationId=self.application_id, states=list(_AT_WORK)
        )
        return [run["id"] for page in pages for run in page["jobRuns"]]

    def cancel_runs(self) -> int:
        """Cancel what has not ended, and wait for its end. Return how many runs there were.

        Raises:
            RetryLater: they take longer than ten minutes.
        """
        runs = self.runs_at_work()
        for run_id in runs:
            self.emr.cancel_job_run(applicationId=self.application_id, jobRunId=run_id)
        for left in poll(self.runs_at_work, within=_WITHIN_SECONDS, every=1.0, sleep=self.sleep):
            if not left:
                return len(runs)
        raise RetryLater(f"runs of {self.application_id} are still being cancelled: the same command goes on")

    def stop(self) -> None:
        """Stop it, and wait. Stopping what is stopped changes nothing.

        Raises:
            RetryLater: a run is at work, or it takes longer than ten minutes.
        """
        if runs := self.runs_at_work():
            raise RetryLater(f"{len(runs)} job runs are at work on {self.application_id}: wait for their end")
        if self._state() not in _STOPPED:
            self.emr.stop_application(applicationId=self.application_id)
        for state in poll(self._state, within=_WITHIN_SECONDS, every=1.0, sleep=self.sleep):
            if state in _STOPPED:
                return
        raise RetryLater(f"application {self.application_id} is still stopping: the same command goes on")

    def _state(self) -> str:
        return str(self.emr.get_application(applicationId=self.application_id)["application"]["state"])
