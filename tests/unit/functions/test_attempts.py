"""What the end of a run says, and what follows from it."""

from datetime import timedelta

import pytest

from chalicelib.domain.attempts import ATTEMPTS, PATIENCE, REFUSALS, Verdict, after_end, after_refusal, verdict
from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from contracts.jobs.report import Closing
from tests.fakes.functions import START

EXITED = "Job failed, please check complete logs in configured logging destination. ExitCode: {}. Last few exceptions:"
BATCH = Batch("b", BatchState.RUNNING, START)


@pytest.mark.parametrize(
    ("details", "closing", "found"),
    [
        (EXITED.format(65), None, Verdict.GAVE_UP),
        (EXITED.format(75), None, Verdict.LATER),
        (EXITED.format(1), None, Verdict.FAILED),
        (EXITED.format(137), None, Verdict.FAILED),
        ("", None, Verdict.FAILED),
        ("", Closing("GiveUp", 65, "no such artifact"), Verdict.GAVE_UP),
        ("", Closing("RetryLater", 75, "S3 did not answer"), Verdict.LATER),
        # The job's own words count before what the service keeps of them.
        (EXITED.format(1), Closing("RetryLater", 75, ""), Verdict.LATER),
        (
            "Job failed as account has reached the service limit on the maximum vCPU it can use",
            None,
            Verdict.NO_CAPACITY,
        ),
        ("ApplicationMaxCapacityExceededException: Worker could not be allocated", None, Verdict.NO_CAPACITY),
        ("Maximum capacity exceeded", None, Verdict.NO_CAPACITY),
        ("a photo's limit is exceeded", None, Verdict.FAILED),
    ],
)
def test_an_end_is_read_by_its_closing_line_and_else_by_its_details(
    details: str, closing: Closing | None, found: Verdict
) -> None:
    assert verdict(details, closing) is found


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 10), (2, 60)])
def test_attempts_wait_1_10_and_60_minutes(failures: int, minutes: int) -> None:
    batch = Batch("b", BatchState.RUNNING, START, failures=failures)

    then = after_end(batch, Verdict.FAILED, True, START)

    assert (then.quarantined, then.facts["not_before"]) == (False, START + timedelta(minutes=minutes))
    assert then.facts["failures"] == failures + 1


def test_the_last_attempt_that_fails_is_the_end() -> None:
    assert after_end(
        Batch("b", BatchState.RUNNING, START, failures=ATTEMPTS - 1), Verdict.FAILED, True, START
    ).quarantined


def test_who_gives_up_is_at_the_end_at_once_unless_all_fail() -> None:
    assert after_end(BATCH, Verdict.GAVE_UP, True, START).quarantined
    assert not after_end(BATCH, Verdict.GAVE_UP, False, START).quarantined


@pytest.mark.parametrize("found", [Verdict.LATER, Verdict.NO_CAPACITY])
def test_what_says_nothing_about_the_batch_uses_up_no_attempt(found: Verdict) -> None:
    then = after_end(BATCH, found, True, START)

    assert not then.quarantined
    assert not then.facts.get("failures")
    assert then.facts["not_before"] > START


def test_patience_ends_after_a_day_but_never_for_want_of_capacity() -> None:
    tired = Batch("b", BatchState.RUNNING, START, spared=PATIENCE - 1)

    assert after_end(tired, Verdict.LATER, True, START).quarantined
    assert after_end(tired, Verdict.FAILED, False, START).quarantined
    assert not after_end(tired, Verdict.NO_CAPACITY, True, START).quarantined


def test_an_hour_of_refused_starts_uses_up_one_attempt_and_four_hours_all() -> None:
    batch, now, used = Batch("b", BatchState.READY, START), START, []
    for _ in range(ATTEMPTS * REFUSALS):
        then = after_refusal(batch, "AccessDeniedException", True, now)
        batch, now = batch.changed(**then.facts), then.facts["not_before"]
        used.append(batch.failures)

    assert used == [0] * 5 + [1] * 6 + [2] * 6 + [3] * 6 + [4]
    assert then.quarantined
    assert now == START + timedelta(hours=4)
    assert not after_refusal(Batch("b", BatchState.READY, START, failures=3, refusals=5), "", False, now).quarantined
