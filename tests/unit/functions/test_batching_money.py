"""When a batch is made follows from a wanted latency and the month's budget: whole months, minute by minute."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain import costs
from chalicelib.domain.batches import Batching, paced, photos_to_take
from chalicelib.domain.budget import Budget, Month, month_end
from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.sizing import FULL_START_SHARE, Capacity, size
from chalicelib.settings import batching, budget, prices
from infra.deployment.template_settings import complete_environment
from infra.ops.costs import model
from infra.ops.costs.workload import BALANCED, NOW, Workload
from tests.fakes.messages import upload

ENVIRONMENT = complete_environment()
PRICES = prices(ENVIRONMENT)
BATCHING = batching(ENVIRONMENT)
BUDGET = budget(ENVIRONMENT)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Simulated:
    """A month of photos that come one after the other, and the runs that are made of them."""

    usd: float = 0.0
    runs: int = 0
    photos: int = 0
    longest: timedelta = timedelta(0)

    def start(self, photos: list[LedgerPhoto], now: datetime) -> None:
        work = sum(0.025 for _ in photos)
        found = size(work, 0, Capacity(16, 64), BATCHING)
        self.usd += costs.run_usd(costs.utilisation(found, work), PRICES)
        self.runs += 1
        self.photos += len(photos)
        self.longest = max(self.longest, now - photos[0].waiting_since)


def waits(now: datetime, number: int = 0, ending: str = "jpg", size_bytes: int = 200_000) -> LedgerPhoto:
    found = replace(upload(f"uploads/o/{number}.{ending}"), uploaded_at=now, size_bytes=size_bytes)
    return LedgerPhoto(found, now)


def simulate(minutes_between: int, asked: Batching = BATCHING, money: Budget = BUDGET, step: int = 1) -> Simulated:
    """Let a month pass, with a look each `step` minutes."""
    month, waiting, now = Simulated(), list[LedgerPhoto](), BEGIN
    for minute in range(0, 30 * 24 * 60, step):
        now = BEGIN + minute * MINUTE
        waiting += [waits(now) for _ in range(step)] if minute % max(minutes_between, step) == 0 else []
        wait = money.wait(Month(month.usd, month.runs), costs.start_usd(PRICES), now)
        take = photos_to_take(waiting, paced(asked, wait), 0, now)
        if take:
            month.start(waiting[:take], now)
            del waiting[:take]
    return month


@pytest.fixture(scope="module")
def trickle() -> Simulated:
    """One photo a minute, all month, at the template's defaults."""
    return simulate(1, step=3)


def test_a_trickle_costs_at_most_three_dollars_in_runs_a_month(trickle: Simulated) -> None:
    assert trickle.usd <= 3.0
    assert trickle.photos > 40_000


def test_a_trickles_photos_wait_hours_and_never_more_than_the_longest_wait(trickle: Simulated) -> None:
    assert timedelta(hours=2) < trickle.longest <= BATCHING.max_wait + 3 * MINUTE


def test_red_twin_without_money_in_mind_the_same_trickle_costs_ten_times_as_much() -> None:
    hourly = replace(BATCHING, max_wait=timedelta(minutes=15))

    assert simulate(1, hourly, replace(BUDGET, eur=0), step=3).usd > 25


def test_the_estimate_of_a_month_is_what_its_simulation_costs(trickle: Simulated) -> None:
    estimated = model.plan(Workload(43_200), replace(BALANCED, refits=0), NOW, PRICES)

    assert trickle.runs == pytest.approx(estimated.runs, rel=0.1)


def test_few_photos_in_a_month_wait_no_longer_than_is_wanted_while_there_is_money() -> None:
    rare = simulate(60 * 24 * 2)

    assert rare.longest <= BATCHING.latency + 3 * timedelta(hours=1)
    assert rare.usd < 1


def test_a_burst_that_reaches_the_target_starts_within_two_minutes_even_when_the_share_is_spent() -> None:
    spent = Month(usd=BUDGET.limit_usd(Month()) * 0.9)
    burst = [waits(BEGIN + 5 * MINUTE, number) for number in range(BATCHING.target)]
    now = BEGIN + 7 * MINUTE

    asked = paced(BATCHING, BUDGET.wait(spent, costs.start_usd(PRICES), now))

    assert photos_to_take(burst, asked, 0, now) == BATCHING.target
    assert photos_to_take(burst[:-1], asked, 0, now) == 0


def test_photos_of_much_work_are_a_full_batch_though_they_are_few() -> None:
    heic = [waits(BEGIN, number, "heic", 3_000_000) for number in range(3_000)]
    full = next(number for number in range(3_000) if costs_share(number + 1) <= FULL_START_SHARE) + 1

    assert photos_to_take(heic[:full], BATCHING, 0, BEGIN) == full
    assert photos_to_take(heic[: full - 50], BATCHING, 0, BEGIN) == 0
    assert full < BATCHING.target


def costs_share(photos: int) -> float:
    whole = costs.run_usd(costs.utilisation(costs.SMALLEST, photos * 0.92), PRICES)
    return costs.start_usd(PRICES) / whole


def test_at_the_end_of_an_idle_month_nobody_waits_longer_than_is_wanted() -> None:
    late = month_end(BEGIN) - timedelta(hours=6)
    asked = paced(BATCHING, BUDGET.wait(Month(), costs.start_usd(PRICES), late))

    assert asked.max_wait == BATCHING.latency


def test_with_nothing_left_photos_wait_as_long_as_they_may() -> None:
    assert paced(BATCHING, None).max_wait == BATCHING.max_wait


def test_a_longest_wait_of_nothing_starts_at_once_whatever_the_budget_says() -> None:
    by_hand = replace(BATCHING, max_wait=timedelta(0))

    assert paced(by_hand, timedelta(hours=5)).max_wait == timedelta(0)
    assert paced(by_hand, None).max_wait == timedelta(0)


def test_the_wanted_latency_holds_where_the_budget_would_allow_less() -> None:
    assert paced(BATCHING, timedelta(minutes=1)).max_wait == BATCHING.latency
