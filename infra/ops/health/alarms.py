"""The alarms of a stage that ring, each with its runbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.ops import stack
from infra.ops.target import Target

RUNBOOKS = "infra/runbooks"
URGENCY = (
    "submit-not-running",
    "dead-letters",
    "quarantined-batch",
    "run-failed",
    "run-too-long",
    "oldest-waiting",
    "no-rows",
    "rejections-share",
    "refit-overdue",
    "month-cost",
)
"""The ends of the alarms' names, in the order of the runbooks' index: an earlier one is often the cause of a later."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that rings: its whole name, the end of it that names its runbook, and since when (UTC)."""

    name: str
    of: str
    since: datetime

    @property
    def page(self) -> str:
        """The runbook, as a path of this checkout; the index for an alarm that is not the template's."""
        return runbook(self.of if self.of in URGENCY else "README")


def runbook(name: str) -> str:
    """Return the path of a runbook in this checkout."""
    return f"{RUNBOOKS}/{name}.md"


def ringing(target: Target, stage: str) -> list[Alarm]:
    """Return the alarms of a stage that are in ALARM, the most urgent first, without the one that stands for all."""
    prefix = f"{stack.name(stage)}-"
    asked = {"AlarmNamePrefix": prefix, "StateValue": "ALARM", "AlarmTypes": ["MetricAlarm"]}
    pages = target.client("cloudwatch").get_paginator("describe_alarms").paginate(**asked)
    return in_order([_alarm(one, prefix) for page in pages for one in page["MetricAlarms"]])


def in_order(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Return alarms, the most urgent first; those that are not the template's last."""
    return sorted(alarms, key=lambda one: (URGENCY.index(one.of) if one.of in URGENCY else len(URGENCY), one.name))


def _alarm(found: dict[str, Any], prefix: str) -> Alarm:
    since = found.get("StateTransitionedTimestamp") or found["StateUpdatedTimestamp"]
    return Alarm(found["AlarmName"], found["AlarmName"].removeprefix(prefix), since)
