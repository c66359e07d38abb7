"""How often a batch is tried, how long it waits in between, and what the end of a run says about it. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.records import Batch
from contracts.jobs.report import GIVE_UP_CODE, RETRY_LATER_CODE, Closing

WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=60))
"""Before the second attempt, the third and the fourth: what is wrong for a minute is not what is wrong for an hour."""
ATTEMPTS = len(WAITS) + 1
"""So many failed runs of its own quarantine a batch."""
PATIENCE = 24
"""So many ends that were not taken for the batch's own fault quarantine it too: about a day of hourly tries."""
CAPACITY_WAIT = timedelta(minutes=10)
"""Capacity comes back when another run ends, or when a person raises the quota."""
REFUSAL_WAIT = timedelta(minutes=10)
REFUSALS = 6
"""So many refused starts in a row, about an hour of them, use up an attempt."""

# User Guide, "Troubleshooting": "Job failed as account has reached the service limit on the maximum vCPU"; a driver
# whose executors cannot be had ends with ApplicationMaxCapacityExceededException.
_CAPACITY = re.compile(r"service limit|maximum vcpu|capacity ?exceeded", re.IGNORECASE)
_EXIT_CODE = re.compile(r"ExitCode: ([0-9]{1,3})\b")


class Verdict(StrEnum):
    """What a run's end says, when it was no success; each is counted under this name, after `batch_runs_`."""

    FAILED = "failed"
    """Of itself: killed, out of time, or a fault of ours."""
    GAVE_UP = "gave_up"
    """Exit code 65: the same input fails again."""
    LATER = "later"
    """Exit code 75: nothing is wrong with the input."""
    NO_CAPACITY = "no_capacity"
    """The account or the application had no workers left: it says nothing about the batch."""


def verdict(details: str, closing: Closing | None) -> Verdict:
    """Read a run's end: what the job itself reported, else the details that the service keeps of it."""
    if closing is None and _CAPACITY.search(details):
        return Verdict.NO_CAPACITY
    found = _EXIT_CODE.search(details)
    code = closing.exit_code if closing else int(found[1]) if found else 1
    return {GIVE_UP_CODE: Verdict.GAVE_UP, RETRY_LATER_CODE: Verdict.LATER}.get(code, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Next:
    """What follows from an end: `quarantined`, or another attempt with these facts of the batch."""

    quarantined: bool
    facts: dict[str, Any]


def after_end(batch: Batch, found: Verdict, trusted: bool, now: datetime) -> Next:
    """Decide what follows from a run that was no success.

    `trusted`: other batches' runs succeed, so that a failure is this batch's own. While they all fail it uses up none
    of its attempts, for the cause is elsewhere: a missing file, a missing right.
    """
    if found is Verdict.NO_CAPACITY:
        return Next(False, {"not_before": now + CAPACITY_WAIT, "reason": str(found)})
    own = trusted and found in (Verdict.FAILED, Verdict.GAVE_UP)
    failures, spared = batch.failures + own, batch.spared + (not own)
    over = failures >= ATTEMPTS or spared >= PATIENCE or (own and found is Verdict.GAVE_UP)
    facts = {"failures": failures, "spared": spared, "reason": str(found)}
    return Next(over, facts if over else facts | {"not_before": now + _wait(failures if own else spared)})


def after_refusal(batch: Batch, reason: str, trusted: bool, now: datetime) -> Next:
    """Decide what follows from a start that the service refused: a right is missing, a request is wrong."""
    refusals = batch.refusals + 1
    used_up = trusted and refusals >= REFUSALS
    failures = batch.failures + used_up
    facts = {"failures": failures, "refusals": 0 if used_up else refusals, "reason": reason}
    return Next(failures >= ATTEMPTS, facts | {"not_before": now + REFUSAL_WAIT})


def _wait(tries: int) -> timedelta:
    return WAITS[min(tries, len(WAITS)) - 1]
