"""Scheduled jobs as items of the ledger's table. Pure."""

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.batch_items import run_from_item, run_to_item
from chalicelib.aws.table import ONLY
from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.states import JobState
from contracts.jobs.names import Kind


def key(kind: Kind) -> str:
    """Return a scheduled job's key."""
    return f"job#{kind}"


def job_to_item(job: ScheduledJob) -> dict[str, Any]:
    """Return a scheduled job's item. A snapshot's id is text: it has 19 digits, and some readers keep 15."""
    return {
        "pk": key(job.kind),
        "sk": ONLY,
        "state": job.state.value,
        "subject": job.plan.subject,
        "rows": job.plan.rows,
        "arguments": list(job.plan.arguments),
        "attempt": job.attempt,
        "failures": job.failures,
        "revision": job.revision,
        "run": run_to_item(job.run) if job.run else None,
    }


def job_from_item(item: Mapping[str, Any]) -> ScheduledJob:
    """Read a scheduled job's item."""
    return ScheduledJob(
        kind=Kind(item["pk"].removeprefix("job#")),
        state=JobState(item["state"]),
        plan=RunPlan(item["subject"], int(item["rows"]), tuple(item["arguments"])),
        attempt=int(item["attempt"]),
        failures=int(item["failures"]),
        revision=int(item["revision"]),
        run=run_from_item(item["run"]) if "run" in item else None,
    )
