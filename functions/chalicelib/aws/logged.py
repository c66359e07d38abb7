"""The ledgers with a log line for each change that they save: what joins the logs of an upload, a batch and its runs.

A line names the batch (or the job), its state and its latest run, and nothing of a photo. The reason of a failure stays
in the ledger: a service wrote it, and it may hold anything.
"""

import logging
from typing import Any

from chalicelib.aws.job_ledger import DynamoJobLedger
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.domain.records import Batch, ScheduledJob

LOGGER = "fruits"
"""The logger of the handlers, by its name: its format and its keys, such as the request's id, are on each line."""


class LoggedLedger(DynamoLedger):
    """See `ports.Ledger`."""

    def save(self, batch: Batch, *more: Any, **named: Any) -> bool:
        """Save a batch's next revision, and log it if it was saved. What else is given goes with it."""
        saved = super().save(batch, *more, **named)
        if saved:
            _log("batch", of_batch(batch))
        return saved


class LoggedJobLedger(DynamoJobLedger):
    """See `ports.JobLedger`."""

    def keep(self, job: ScheduledJob) -> bool:
        """Save a job's next revision, and log it if it was saved."""
        saved = super().keep(job)
        if saved:
            _log("job", of_job(job))
        return saved


def of_batch(batch: Batch) -> dict[str, Any]:
    """Return what a line says of a batch."""
    said: dict[str, Any] = {"batch_id": batch.batch_id, "state": batch.state.value, "photos": batch.photos}
    if batch.runs:
        said |= {"run_id": batch.run.run_id, "attempt": batch.run.attempt, "run_state": batch.run.state}
    return said


def of_job(job: ScheduledJob) -> dict[str, Any]:
    """Return what a line says of a scheduled job."""
    said: dict[str, Any] = {"job": job.kind.value, "state": job.state.value, "subject": job.plan.subject}
    if job.run is not None:
        said |= {"run_id": job.run.run_id, "attempt": job.run.attempt, "run_state": job.run.state}
    return said


def _log(message: str, said: dict[str, Any]) -> None:
    logging.getLogger(LOGGER).info(message, extra=said)
