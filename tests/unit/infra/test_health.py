"""What `fruits status` says of a stack that needs a person: which alarms ring, what holds photos, and which page."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from chalicelib.domain.batches import Batching
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.budget import Budget, Month
from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from infra.cli.health_views import health_picture
from infra.ops import documents
from infra.ops.costs.brake import Brake
from infra.ops.health.alarms import URGENCY, Alarm, in_order
from infra.ops.health.health import Health, concerns
from infra.ops.stack_state import StackState
from infra.ops.triggers import Trigger
from tests.fakes.functions import START

ROOT = Path(__file__).resolve().parents[3]
QUEUE = Trigger("collect", "queue", "u-1", "Enabled", "each message")
SCHEDULE = Trigger("submit", "schedule", "fruits-dev-submit", "ENABLED", "rate(1 minute)")
STATE = StackState(0, 0, {"WAITING": 40, "DONE": 2}, [])
WELL = Health(
    state=STATE,
    alarms=[],
    triggers=[QUEUE, SCHEDULE],
    brake=Brake(Month(usd=1.0), Budget(10.0, 100, 1.0)),
    breaker=Breaker(),
    batching=Batching(10_000, 12_000, timedelta(hours=12), 2),
)
GIVEN_UP = Batch("b-1", BatchState.QUARANTINED, START, photos=3)
LATE = timedelta(minutes=25)


def alarm(of: str) -> Alarm:
    return Alarm(f"fruits-prod-{of}", of, START)


def shown(health: Health) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(health_picture(health, " --stage prod"))
    return console.export_text()


def test_a_stack_that_is_well_needs_nobody_and_says_what_waiting_photos_wait_for() -> None:
    assert not WELL.needs_a_person
    assert "nothing holds them: a batch takes them once 10,000 wait, or after 720 minutes" in str(WELL.note)
    assert "No alarm rings" in shown(WELL)
    assert replace(WELL, state=replace(STATE, photos={})).note is None


def test_photos_that_wait_for_the_end_of_a_run_are_said_to() -> None:
    at_work = [Batch(f"b-{n}", BatchState.RUNNING, START, photos=3) for n in range(2)]

    assert replace(WELL, state=replace(STATE, batches=at_work)).note == (
        "40 photos wait until a run ends: 2 batches are at work, and no more than 2 may be (MaxRunsInFlight)"
    )
    assert "nothing holds them" in str(replace(WELL, state=replace(STATE, batches=at_work[:1])).note)


@pytest.mark.parametrize(
    ("health", "says", "then", "page"),
    [
        (
            replace(WELL, brake=Brake(Month(usd=10.64), Budget(10.0, 100, 1.0))),
            "the brake holds: 10.64 of 10.00 EUR are spent",
            "fruits release",
            "month-cost",
        ),
        (
            replace(
                WELL,
                triggers=[replace(QUEUE, state="Disabled"), SCHEDULE],
                state=replace(STATE, queued=7),
                oldest_message=LATE,
            ),
            "collect's trigger is off: 7 messages are unread, the oldest for 25 minutes",
            "fruits triggers --enable",
            "no-rows",
        ),
        (
            replace(WELL, triggers=[QUEUE, replace(SCHEDULE, state="DISABLED")]),
            "submit's schedule is off: nobody makes batches, and 40 photos wait",
            "fruits triggers --enable",
            "submit-not-running",
        ),
        (
            replace(WELL, triggers=[QUEUE, replace(SCHEDULE, state="missing")]),
            "submit's schedule is missing",
            "fruits deploy --plan",
            "submit-not-running",
        ),
        (
            replace(WELL, state=replace(STATE, queued=1), oldest_message=LATE),
            "1 message lies in the queue, the oldest for 25 minutes: collect does not get through",
            "fruits logs collect --hours 1",
            "no-rows",
        ),
        (
            replace(WELL, breaker=Breaker(("b-1", "b-2"), probe_at=START)),
            "the breaker is open: the runs of several batches failed, and one at a time probes, the next from 08:00",
            "fruits runs --state failed",
            "run-failed",
        ),
        (
            replace(WELL, state=replace(STATE, batches=[GIVEN_UP])),
            "1 batch is in quarantine",
            "fruits batches --open",
            "quarantined-batch",
        ),
        (
            replace(WELL, state=replace(STATE, dead=2)),
            "2 messages are in the dead-letter queue",
            "fruits dead-letters",
            "dead-letters",
        ),
    ],
    ids=["brake", "collect off", "submit off", "missing", "unread", "breaker", "quarantine", "dead letters"],
)
def test_what_holds_photos_is_said_with_the_command_and_the_page(
    health: Health, says: str, then: str, page: str
) -> None:
    (found,) = concerns(health)

    assert found.says.startswith(says)
    assert (found.then, found.page) == (then, f"infra/runbooks/{page}.md")
    assert (ROOT / found.page).exists()
    assert (health.needs_a_person, health.note) == (True, None)
    for part in (says, f"{then} --stage prod", found.page):
        assert part in shown(health)
    assert documents.of_health(health)["concerns"] == [{"says": found.says, "then": then, "page": found.page}]


def test_a_message_that_came_just_now_and_one_that_is_gone_are_no_concern() -> None:
    for queued, age in ((1, timedelta(minutes=2)), (1, None), (0, LATE)):
        assert not WELL.needs_a_person
        assert list(concerns(replace(WELL, state=replace(STATE, queued=queued), oldest_message=age))) == []


def test_an_alarm_that_rings_is_shown_with_its_runbook() -> None:
    health = replace(WELL, alarms=[alarm("month-cost")])

    assert health.needs_a_person
    for part in ("fruits-prod-month-cost", "24 Nov 08:00", "infra/runbooks/month-cost.md"):
        assert part in shown(health)
    assert documents.of_health(health)["alarms"] == [
        {"name": "fruits-prod-month-cost", "since": "2026-11-24T08:00:00Z", "page": "infra/runbooks/month-cost.md"}
    ]


def test_alarms_come_in_the_order_of_the_index_of_the_runbooks() -> None:
    index = (ROOT / "infra" / "runbooks" / "README.md").read_text()
    mixed = [alarm("an-alarm-of-the-account"), *map(alarm, reversed(URGENCY))]

    assert re.findall(r"^\| \[([a-z-]+)\]", index, re.MULTILINE) == list(URGENCY)
    assert [one.of for one in in_order(mixed)] == [*URGENCY, "an-alarm-of-the-account"]
    assert mixed[0].page == "infra/runbooks/README.md"
