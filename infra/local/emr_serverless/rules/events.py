"""The events that EMR Serverless sends to EventBridge, as entries of PutEvents. Pure.

Source: EMR Serverless User Guide, "Automating EMR Serverless with Amazon EventBridge", its samples of all four kinds.
A job-run event has no name, no tags and no details: GetJobRun has them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .records import Application, Attempt, Owner, Run
from .states import RunState

SOURCE = "aws.emr-serverless"
APPLICATION_CHANGE = "EMR Serverless Application State Change"
RUN_CHANGE = "EMR Serverless Job Run State Change"
RUN_RETRY = "EMR Serverless Job Run Retry"
UTILIZATION = "EMR Serverless Job Resource Utilization Update"


@dataclass(frozen=True, slots=True)
class Event:
    """An event and its owner. `detail` is what EventBridge delivers under that name."""

    owner: Owner
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str] = ()

    def entry(self) -> dict[str, Any]:
        """Return the entry for PutEvents."""
        return {
            "Source": SOURCE,
            "DetailType": self.detail_type,
            "Detail": json.dumps(self.detail),
            "Resources": list(self.resources),
        }


def application_changed(application: Application) -> Event:
    """Return the event of an application that has entered a state."""
    stop = application.settings["autoStopConfiguration"]
    detail = {
        "applicationId": application.application_id,
        "applicationName": application.settings.get("name", ""),
        "arn": application.arn,
        "releaseLabel": application.settings["releaseLabel"],
        "state": application.state,
        "type": application.settings["type"].upper(),
        "createdAt": timestamp(application.created_at),
        "updatedAt": timestamp(application.updated_at),
        "autoStopConfig": {"enabled": stop["enabled"], "idleTimeout": stop["idleTimeoutMinutes"]},
        "autoStartConfig": {"enabled": application.settings["autoStartConfiguration"]["enabled"]},
    }
    return Event(application.owner, APPLICATION_CHANGE, detail)


def run_changed(run: Run, previous: RunState, created_by: str) -> Event:
    """Return the event of a run that has left the state `previous`."""
    detail = {
        **_identity(run, created_by),
        "state": run.state,
        "previousState": previous,
        "updatedAt": timestamp(run.updated_at),
        "createdAt": timestamp(run.created_at),
    }
    return Event(run.application.owner, RUN_CHANGE, detail)


def run_retried(run: Run, previous: Attempt, new: Attempt, created_by: str) -> Event:
    """Return the event of a new attempt."""
    detail = {
        **_identity(run, created_by),
        "updatedAt": timestamp(run.updated_at),
        "createdAt": timestamp(run.created_at),
        "previousAttempt": previous.number,
        "previousAttemptState": previous.state,
        "previousAttemptCreatedAt": timestamp(previous.created_at),
        "previousAttemptEndedAt": timestamp(previous.ended_at or previous.updated_at),
        "newAttempt": new.number,
        "newAttemptCreatedAt": timestamp(new.created_at),
    }
    return Event(run.application.owner, RUN_RETRY, detail)


def utilization(run: Run, used: Mapping[str, float], billed: Mapping[str, float]) -> Event:
    """Return the final utilization event of a run that ended. The interval is the whole run."""
    started = {"startedAt": timestamp(run.started_at)} if run.started_at else {}
    detail = {
        "applicationId": run.application.application_id,
        "jobRunId": run.run_id,
        "attempt": run.attempts[-1].number if run.attempts else 1,
        "mode": run.mode,
        "createdAt": timestamp(run.created_at),
        **started,
        "calculatedFrom": timestamp(run.started_at or run.created_at),
        "calculatedTo": timestamp(run.ended_at or run.updated_at),
        "resourceUtilizationFinal": True,
        "resourceUtilizationForInterval": used,
        "billedResourceUtilizationForInterval": billed,
        "totalResourceUtilization": used,
        "totalBilledResourceUtilization": billed,
    }
    return Event(run.application.owner, UTILIZATION, detail, [run.arn])


def timestamp(moment: datetime) -> str:
    """Return a time as the service's events write it: UTC, microseconds, a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _identity(run: Run, created_by: str) -> dict[str, Any]:
    return {
        "jobRunId": run.run_id,
        "applicationId": run.application.application_id,
        "arn": run.arn,
        "releaseLabel": run.application.settings["releaseLabel"],
        "createdBy": created_by,
    }
