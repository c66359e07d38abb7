"""Check a StartJobRun beyond the service model, and make the run of it. Pure.

Sources: the service model on `executionTimeoutMinutes` and `retryPolicy`; User Guide, "Job resiliency". The five-minute
minimum is from moto, which copies the real service.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import release
from .errors import ValidationError
from .records import Application, Run
from .sparkjob import spark_job
from .states import ApplicationState
from .workers import requested

DEFAULT_TIMEOUT_MINUTES = 720
_MINIMUM_TIMEOUT_MINUTES = 5
_BATCH_MAXIMUM_MINUTES = 10_080
_ATTEMPTS = (1, 10)


def new_run(application: Application, run_id: str, request: Mapping[str, Any], now: datetime) -> Run:
    """Return the submitted run of a validated request. Raises ValidationError."""
    _check_application(application)
    _check_timeout(request, application.version)
    _check_retries(request, application.version)
    job = spark_job(application.version, application.settings, request)
    run = Run(run_id, application, request, job, requested(job.properties), now, now)
    run.tags.update(request.get("tags", {}))
    return run


def timeout_minutes(request: Mapping[str, Any]) -> int:
    """Return after how many minutes of running a run is cancelled; 0 means never."""
    return int(request.get("executionTimeoutMinutes", 0 if _is_streaming(request) else DEFAULT_TIMEOUT_MINUTES))


def _check_application(application: Application) -> None:
    if application.state == ApplicationState.TERMINATED:
        raise ValidationError(f"Application {application.application_id} is terminated")
    asleep = application.state in (ApplicationState.CREATED, ApplicationState.STOPPED)
    if asleep and not application.settings["autoStartConfiguration"]["enabled"]:
        raise ValidationError(
            f"Application {application.application_id} is {application.state} and does not start by itself: "
            "it must be in one of the following states: [STARTED]"
        )


def _check_timeout(request: Mapping[str, Any], version: tuple[int, int]) -> None:
    minutes = timeout_minutes(request)
    bounded = version >= release.BATCH_TIMEOUT_IS_BOUNDED and not _is_streaming(request)
    if bounded and not 0 < minutes <= _BATCH_MAXIMUM_MINUTES:
        raise ValidationError(f"executionTimeoutMinutes must be between 1 and {_BATCH_MAXIMUM_MINUTES} for BATCH")
    if 0 < minutes < _MINIMUM_TIMEOUT_MINUTES:
        raise ValidationError(f"executionTimeoutMinutes must be at least {_MINIMUM_TIMEOUT_MINUTES} minutes")


def _check_retries(request: Mapping[str, Any], version: tuple[int, int]) -> None:
    policy = request.get("retryPolicy")
    if policy is None:
        return
    if version < release.RETRIES:
        raise ValidationError("retryPolicy is supported on releases 7.1.0 and higher")
    wrong = "maxAttempts" if _is_streaming(request) else "maxFailedAttemptsPerHour"
    if wrong in policy:
        raise ValidationError(f"retryPolicy.{wrong} does not apply to {request.get('mode', 'BATCH')} job runs")
    low, high = _ATTEMPTS
    for name, value in policy.items():
        if not low <= value <= high:
            raise ValidationError(f"retryPolicy.{name} must be between {low} and {high}")


def _is_streaming(request: Mapping[str, Any]) -> bool:
    return request.get("mode") == "STREAMING"
