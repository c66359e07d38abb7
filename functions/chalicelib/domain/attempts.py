"""How often a batch is tried, how long it waits between tries, and what the end of a run means for it. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.records import Batch
from contracts.jobs.report import GIVE_UP_CODE, RETRY_LATER_CODE, Closing

WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=60))
"""Before the second, third and fourth attempt: some causes last a minute, others an hour."""
ATTEMPTS = len(WAITS) + 1
"""A batch goes into quarantine after this many failed runs that were its own fault."""
PATIENCE = 24
"""A batch goes into quarantine after this many ends that were not its fault: about a day of hourly tries."""
CAPACITY_WAIT = timedelta(minutes=10)
"""Capacity comes back when another run ends, or when a person raises the quota."""
REFUSAL_WAIT = timedelta(minutes=10)
REFUSALS = 6
"""This many refused starts in a row, about an hour of them, use up an attempt."""

# User Guide, "Troubleshooting": "Job failed as account has reached the service limit on the maximum vCPU"; a driver
# whose executors cannot be had ends with ApplicationMaxCapacityExceededException.
_CAPACITY = re.compile(r"service limit|maximum vcpu|capacity ?exceeded", re.IGNORECASE)
_EXIT_CODE = re.compile(r"ExitCode: ([0-9]{1,3})\b")


class Verdict(StrEnum):
    """Why a run did not succeed. Each is counted: `batch_runs_failed`, `refit_gave_up`."""

    FAILED = "failed"
    """It was killed, ran out of time, or has a bug."""
    GAVE_UP = "gave_up"
    """Exit code 65: the same input would fail again."""
    LATER = "later"
    """Exit code 75: nothing is wrong with the input."""
    NO_CAPACITY = "no_capacity"
    """The account or the application had no workers left. This says nothing about the batch."""


def verdict(details: str, closing: Closing | None) -> Verdict:
    """Return why a run did not succeed: from the job's closing report, else from the details that the service keeps."""
    if closing is None and _CAPACITY.search(details):
        return Verdict.NO_CAPACITY
    found = _EXIT_CODE.search(details)
    code = closing.exit_code if closing else int(found[1]) if found else 1
    return {GIVE_UP_CODE: Verdict.GAVE_UP, RETRY_LATER_CODE: Verdict.LATER}.get(code, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Next:
    """What a batch does next: quarantine or another attempt, and the facts of the batch that change."""

    quarantined: bool
    facts: dict[str, Any]


def after_end(batch: Batch, found: Verdict, trusted: bool, now: datetime) -> Next:
    """Decide what a batch does after a run that did not succeed.

    `trusted`: the runs of other batches succeed, so a failure is this batch's own and uses up an attempt. While all
    runs fail, the cause lies elsewhere, such as a missing file or right, and no attempt is used up.
    """
    if found is Verdict.NO_CAPACITY:
        return Next(False, {"not_before": now + CAPACITY_WAIT, "reason": str(found)})
    own = trusted and found in (Verdict.FAILED, Verdict.GAVE_UP)
    failures, spared = batch.failures + own, batch.spared + (not own)
    over = failures >= ATTEMPTS or spared >= PATIENCE or (own and found is Verdict.GAVE_UP)
    facts = {"failures": failures, "spared": spared, "reason": str(found)}
    return Next(over, facts if over else facts | {"not_before": now + _wait(failures if own else spared)})


def after_refusal(batch: Batch, reason: str, trusted: bool, now: datetime) -> Next:
    """Decide what a batch does after the service refused its start: a right is missing, or the request is wrong."""
    refusals = batch.refusals + 1
    used_up = trusted and refusals >= REFUSALS
    failures = batch.failures + used_up
    facts = {"failures": failures, "refusals": 0 if used_up else refusals, "reason": reason}
    return Next(failures >= ATTEMPTS, facts | {"not_before": now + REFUSAL_WAIT})


def _wait(tries: int) -> timedelta:
    return WAITS[min(tries, len(WAITS)) - 1]
