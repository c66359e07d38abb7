"""Describe applications and runs by the members of the service model's output shapes. Pure."""

from typing import Any

from ..rules.billing import bill
from ..rules.records import Application, Attempt, Run
from ..rules.runs import created_by
from ..rules.states import TERMINAL, RunState
from ..rules.submission import timeout_minutes

_TYPE = "SPARK"


def application(one: Application) -> dict[str, Any]:
    """Return the `Application` of GetApplication."""
    return {
        **one.settings,
        "applicationId": one.application_id,
        "arn": one.arn,
        "state": one.state,
        "stateDetails": one.details,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "tags": dict(one.tags),
    }


def application_summary(one: Application) -> dict[str, Any]:
    """Return an `ApplicationSummary` of ListApplications."""
    return {**application(one), "id": one.application_id}


def run(one: Run, attempt: Attempt | None = None, is_billed: bool = True) -> dict[str, Any]:
    """Return the `JobRun` of GetJobRun, of the whole run or of one attempt. `is_billed`: its bill is known."""
    shown = attempt or (one.attempts[-1] if one.attempts else None)
    state = attempt.state if attempt else one.state
    request = {name: value for name, value in one.request.items() if name not in ("clientToken", "executionRoleArn")}
    described = {
        **request,
        **_common(one),
        "jobRunId": one.run_id,
        "createdAt": one.created_at,
        "updatedAt": attempt.updated_at if attempt else one.updated_at,
        "state": state,
        "stateDetails": attempt.details if attempt else one.details,
        "executionTimeoutMinutes": timeout_minutes(one.request),
        "networkConfiguration": one.application.settings.get("networkConfiguration"),
        "imageConfiguration": one.application.settings.get("imageConfiguration"),
        "workerTypeSpecifications": one.application.settings.get("workerTypeSpecifications"),
        "tags": dict(one.tags),
        "queuedDurationMilliseconds": _queued_milliseconds(one),
        "attempt": shown.number if shown else 1,
        "attemptCreatedAt": shown.created_at if shown else None,
        "attemptUpdatedAt": shown.updated_at if shown else None,
        "startedAt": shown.started_at if shown else None,
        "endedAt": attempt.ended_at if attempt else one.ended_at,
    }
    figures = _figures(one, state, attempt)
    return {**described, **(figures | {"billedResourceUtilization": {}} if figures and not is_billed else figures)}


def run_summary(one: Run) -> dict[str, Any]:
    """Return a `JobRunSummary` of ListJobRuns."""
    return {**run(one), "id": one.run_id, "type": _TYPE}


def attempt_summary(one: Run, attempt: Attempt) -> dict[str, Any]:
    """Return a `JobRunAttemptSummary` of ListJobRunAttempts."""
    return {
        **_common(one),
        "id": one.run_id,
        "name": one.request.get("name"),
        "jobCreatedAt": one.created_at,
        "createdAt": attempt.created_at,
        "updatedAt": attempt.updated_at,
        "state": attempt.state,
        "stateDetails": attempt.details,
        "type": _TYPE,
        "attempt": attempt.number,
    }


def _common(one: Run) -> dict[str, Any]:
    return {
        "applicationId": one.application.application_id,
        "arn": one.arn,
        "createdBy": created_by(one),
        "executionRole": one.request["executionRoleArn"],
        "releaseLabel": one.application.settings["releaseLabel"],
        "mode": one.mode,
    }


def _queued_milliseconds(one: Run) -> int:
    if not one.queued_at:
        return 0
    until = one.left_queue_at or one.updated_at
    return round((until - one.queued_at).total_seconds() * 1000)


def _figures(one: Run, state: RunState, attempt: Attempt | None) -> dict[str, Any]:
    """Return the figures of a run or attempt that has ended; before its end the service gives none."""
    if state not in TERMINAL:
        return {}
    attempts = [attempt] if attempt else one.attempts
    used, billed = bill(one, attempts)
    ran = sum((one.ended_at - one.started_at).total_seconds() for one in attempts if one.started_at and one.ended_at)
    return {
        "totalResourceUtilization": used.as_response(),
        "billedResourceUtilization": billed.as_response(),
        "totalExecutionDurationSeconds": round(ran),
    }
