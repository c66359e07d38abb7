"""Each run's cost counts once, whoever tells of its end; past the limit no batch is made, and none is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import handlers
from chalicelib.domain import costs
from chalicelib.domain.budget import Budget
from chalicelib.domain.plans import RunPlan
from chalicelib.domain.records import LedgerRun, ScheduledJob
from chalicelib.domain.states import JobState, PhotoState
from chalicelib.services.ports import JobRun
from chalicelib.services.spending import Budgeting, CountingRunner
from contracts.jobs.names import Kind
from contracts.prices.price_list import packed
from tests.fakes.functions import START, FakeJobLedger
from tests.fakes.services import FakeServices
from tests.fakes.spending import FakeSpending
from tests.unit.functions.batch_world import World

PRICES = packed().region("eu-west-3")
BUDGET = Budget(eur=10, brake_percent=100, usd_per_euro=PRICES.usd_per_euro)
BILL = {"vCPUHour": 0.5, "memoryGBHour": 2.0}
COST = costs.run_usd(BILL, PRICES)
RUN = JobRun("r1", None, "SUCCESS", "", 60, BILL, START)


class Context:
    """What Powertools asks of a Lambda context."""

    function_name = "fruits-test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-3:1:function:fruits-test"
    aws_request_id = "1"


CONTEXT: Any = Context()


class OneRun:
    """A runner that knows one run."""

    def __init__(self, run: JobRun | None) -> None:
        self.run = run

    def start(self, _job: Any) -> str:
        return "r1"

    def get_run(self, _run_id: str) -> JobRun | None:
        return self.run


def counting(run: JobRun | None, spending: FakeSpending) -> CountingRunner:
    return CountingRunner(OneRun(run), spending, PRICES, lambda: START + timedelta(days=40))


def test_an_ended_runs_cost_counts_once_however_often_it_is_asked_for() -> None:
    spending = FakeSpending()
    runner = counting(RUN, spending)

    for _ in range(3):
        assert runner.get_run("r1") == RUN

    found = spending.month("2026-11")
    assert found.usd == pytest.approx(COST)
    assert found.runs == 1


@pytest.mark.parametrize(
    "run",
    [None, replace(RUN, state="RUNNING"), replace(RUN, state="CANCELLING"), replace(RUN, billed=None)],
    ids=["unknown", "at work", "not ended yet", "without a bill"],
)
def test_what_has_no_bill_yet_costs_nothing_yet(run: JobRun | None) -> None:
    spending = FakeSpending()

    counting(run, spending).get_run("r1")

    assert spending.month("2026-11").runs == 0


def test_a_run_belongs_to_the_day_of_its_start_whenever_its_end_is_told() -> None:
    spending = FakeSpending()

    counting(RUN, spending).get_run("r1")

    assert list(spending.days) == [f"{START:%Y-%m-%d}"]


def budgeting(spending: FakeSpending, world: World, jobs: FakeJobLedger | None = None) -> Budgeting:
    runner = CountingRunner(world.runner, spending, PRICES, world.clock)
    return Budgeting(spending, BUDGET, PRICES, jobs or FakeJobLedger(), runner)


def submit(world: World, spending: FakeSpending) -> None:
    budgeting(spending, world).applied(world.submitter(), world.clock()).submit(world.tally)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def spent() -> FakeSpending:
    spending = FakeSpending()
    spending.add("earlier", 100.0, START)
    return spending


def test_past_the_limit_no_batch_is_made_and_photos_wait_safely(world: World, spent: FakeSpending) -> None:
    world.upload(30)

    submit(world, spent)

    assert world.states() == {PhotoState.WAITING: 30}
    assert world.runner.calls == []
    assert world.counts["brake_held"] == 1


def test_past_the_limit_no_ready_batch_is_started_again(world: World, spent: FakeSpending) -> None:
    world.upload(10)
    world.submit()
    world.end("run-0", "FAILED")
    world.clock.pass_(minutes=2)

    submit(world, spent)

    assert len(world.runner.calls) == 1
    assert world.counts["brake_held"] == 1


def test_past_the_limit_runs_at_work_are_still_settled(world: World, spent: FakeSpending) -> None:
    world.upload(10)
    world.submit()
    world.runner.end("run-0", "SUCCESS")

    submit(world, spent)

    assert world.states() == {PhotoState.DONE: 10}


def test_a_release_lets_go_until_its_amount_is_spent(world: World, spent: FakeSpending) -> None:
    world.upload(10)
    spent.release("2026-11", 200.0, START)

    submit(world, spent)
    assert world.states() == {PhotoState.CLAIMED: 10}

    spent.add("more", 200.0, START)
    world.upload(30)
    submit(world, spent)
    assert world.states()[PhotoState.WAITING] == 30


def test_the_next_month_lets_go_by_itself(world: World, spent: FakeSpending) -> None:
    world.upload(10)
    world.clock.time = datetime(2026, 12, 1, tzinfo=UTC)

    submit(world, spent)

    assert world.states() == {PhotoState.CLAIMED: 10}


def test_red_twin_a_submitter_without_a_budget_goes_on(world: World) -> None:
    world.upload(10)

    world.submit()

    assert world.states() == {PhotoState.CLAIMED: 10}
    assert world.counts["brake_held"] == 0


def test_the_handler_asks_the_budget_even_when_a_person_says_now(world: World, spent: FakeSpending) -> None:
    world.upload(3)
    services = FakeServices(clock=world.clock, submitter=world.submitter(), budgeting=budgeting(spent, world))

    assert handlers.submit({"now": True}, CONTEXT, services=services)["brake_held"] == 1
    assert world.states() == {PhotoState.WAITING: 3}


def test_by_hand_whatever_waits_starts_at_once_while_there_is_money(world: World) -> None:
    world.upload(3)
    free = budgeting(FakeSpending(), world)
    services = FakeServices(clock=world.clock, submitter=world.submitter(), budgeting=free)

    handlers.submit({"now": True}, CONTEXT, services=services)

    assert world.states() == {PhotoState.CLAIMED: 3}


def test_a_refits_bill_that_comes_later_counts_then(world: World) -> None:
    spending, jobs = FakeSpending(), FakeJobLedger()
    ended = LedgerRun("r1", 1, "SUCCESS", START, 60, None)
    jobs.kept[Kind.REFIT] = ScheduledJob(Kind.REFIT, JobState.DONE, RunPlan("1", 10), run=ended)
    late = OneRun(replace(RUN, billed=None))
    asking = replace(budgeting(spending, world, jobs), runner=CountingRunner(late, spending, PRICES, world.clock))

    asking.ask_for_bills(START)
    assert spending.month("2026-11").runs == 0

    late.run = RUN
    for _ in range(2):
        asking.ask_for_bills(START)
    found = spending.month("2026-11")
    assert found.usd == pytest.approx(COST)
    assert found.runs == 1
    kept = jobs.kept[Kind.REFIT].run
    assert kept is not None
    assert kept.billed == BILL


def test_a_bill_that_never_comes_is_not_asked_for_for_ever(world: World) -> None:
    jobs = FakeJobLedger()
    ended = LedgerRun("r1", 1, "FAILED", START, None, None)
    jobs.kept[Kind.REFIT] = ScheduledJob(Kind.REFIT, JobState.FAILED, RunPlan("1", 10), run=ended)

    class Refusing(OneRun):
        def get_run(self, _run_id: str) -> JobRun | None:
            raise AssertionError("asked")

    asking = replace(budgeting(FakeSpending(), world, jobs), runner=Refusing(None))
    asking.ask_for_bills(START + timedelta(hours=25))
    with pytest.raises(AssertionError, match="asked"):
        asking.ask_for_bills(START + timedelta(hours=20))
