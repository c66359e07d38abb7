"""The JSON documents of the commands: stacks, batches and runs. Pure.

`docs/operations.md` lists their keys; a test holds the two to each other. Times are UTC, ISO 8601 with a `Z`; what is
unknown is null.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.records import Batch, LedgerRun, ScheduledJob
from infra.ops.health.health import Health, concerns
from infra.ops.run_words import RunStory
from infra.ops.stack_state import RunTimes, StackState


def of_health(health: Health) -> dict[str, Any]:
    """Return what `fruits status --json` says: what needs a person, then the state."""
    alarms = [{"name": one.name, "since": text(one.since), "page": one.page} for one in health.alarms]
    oldest = health.oldest_message
    state = of_state(health.state)
    state["queue"]["oldest_message_seconds"] = None if oldest is None else round(oldest.total_seconds())
    return {
        "needs_a_person": health.needs_a_person,
        "alarms": alarms,
        "concerns": [asdict(one) for one in concerns(health)],
        **state,
    }


def of_state(state: StackState) -> dict[str, Any]:
    """Return the states of photos, batches and jobs."""
    plain = {name.lower(): number for name, number in state.photos.items() if " " not in name}
    codes = {name.partition(" ")[2]: number for name, number in state.photos.items() if " " in name}
    return {
        "queue": {"messages": state.queued, "dead_letters": state.dead},
        "photos": plain,
        "rejections": codes,
        "registered": state.registered,
        "settled": state.settled,
        "batches": [of_batch(batch) for batch in state.batches],
        "jobs": [of_job(job) for job in state.jobs],
    }


def of_batch(batch: Batch) -> dict[str, Any]:
    """Return what `fruits batches --json` and `fruits batch ID --json` say of a batch."""
    return {
        "batch_id": batch.batch_id,
        "state": batch.state.value,
        "created_at": text(batch.created_at),
        "photos": batch.photos,
        "size_bytes": batch.size_bytes,
        "outcomes": dict(batch.counts),
        "attempt": max(len(batch.runs), 1),
        "failures": batch.failures,
        "reason": batch.reason,
        "not_before": text(batch.not_before),
        "manifest": batch.manifest_uri,
        "runs": [of_ledger_run(run) for run in batch.runs],
    }


def of_ledger_run(run: LedgerRun) -> dict[str, Any]:
    """Return a run as its batch or job has it."""
    return {
        "run_id": run.run_id,
        "attempt": run.attempt,
        "state": run.state,
        "asked_at": text(run.started_at),
        "seconds": run.seconds,
        "billed": None if run.billed is None else dict(run.billed),
    }


def of_job(job: ScheduledJob) -> dict[str, Any]:
    """Return a refit or a maintenance with its latest run."""
    return {
        "kind": job.kind.value,
        "state": job.state.value,
        "subject": job.plan.subject,
        "attempt": job.attempt,
        "failures": job.failures,
        "run": None if job.run is None else of_ledger_run(job.run),
    }


def of_run(run: RunTimes) -> dict[str, Any]:
    """Return what `fruits runs --json` says of a run."""
    return {
        "run_id": run.run_id,
        "kind": run.kind.value,
        "subject": run.subject,
        "attempt": run.attempt,
        "state": run.state,
        "created_at": text(run.created_at),
        "started_at": text(run.started_at),
        "ended_at": text(run.ended_at),
        "seconds": run.seconds,
        "billed": dict(run.billed) or None,
    }


def of_story(story: RunStory) -> dict[str, Any]:
    """Return what `fruits run ID --json` says: a run, its report, the words for its end, the tail of a failed one."""
    return {
        **of_run(story.run),
        "details": story.run.details,
        "ended": story.ended,
        "next": story.next,
        "report": dict(story.report),
        "stderr": list(story.tail),
    }


def text(moment: datetime | None) -> str | None:
    """Return a time as the documents write it."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
