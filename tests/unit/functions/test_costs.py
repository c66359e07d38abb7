from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain import costs
from chalicelib.domain.budget import RUNS_SHARE, Budget, Month, month_end, month_name
from chalicelib.domain.records import Batch, LedgerRun
from chalicelib.domain.sizing import Size
from chalicelib.domain.states import BatchState
from contracts.prices.items import Item
from contracts.prices.price_list import Prices, packed

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
BUDGET = Budget(eur=10, brake_percent=100, usd_per_euro=1.1)


@pytest.fixture
def prices() -> Prices:
    return packed().region("eu-west-3")


def test_a_run_costs_what_it_was_billed_times_the_price(prices: Prices) -> None:
    billed = {"vCPUHour": 2.0, "memoryGBHour": 8.0, "storageGBHour": 100.0}

    assert costs.run_usd(billed, prices) == pytest.approx(2 * 0.06318 + 8 * 0.00689 + 100 * 0.000129)


def test_a_bill_of_nothing_and_a_name_of_a_later_release_cost_nothing(prices: Prices) -> None:
    assert costs.run_usd({}, prices) == 0
    assert costs.run_usd({"gpuHour": 5.0}, prices) == 0


def test_a_run_on_graviton_costs_a_fifth_less(prices: Prices) -> None:
    assert costs.start_usd(prices.on("ARM64")) == pytest.approx(0.8 * costs.start_usd(prices))


def test_a_larger_run_is_expected_to_be_billed_more_of_both() -> None:
    small, large = (costs.utilisation(Size(number, 4, 15), 1_000) for number in (1, 3))

    assert all(large[name] > small[name] > 0 for name in small)


def test_the_start_of_a_full_run_is_that_share_of_its_cost(prices: Prices) -> None:
    work = costs.full_work(prices, 0.5)
    whole = costs.run_usd(costs.utilisation(costs.SMALLEST, work), prices)

    assert costs.start_usd(prices) / whole == pytest.approx(0.5)
    assert costs.full_work(prices, 0.25) > work


def test_a_month_is_one_of_utc() -> None:
    assert month_name(NOW) == "2026-11"
    assert month_end(NOW) == datetime(2026, 12, 1, tzinfo=UTC)
    assert month_end(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_the_brake_holds_at_the_limit_and_not_below() -> None:
    assert not BUDGET.holds(Month(usd=10.99))
    assert BUDGET.holds(Month(usd=11.0))


def test_the_brake_holds_at_a_part_of_the_budget_if_told() -> None:
    assert Budget(10, 40, 1.1).holds(Month(usd=4.5))


def test_a_release_lifts_the_limit_to_its_amount_and_no_further() -> None:
    assert not BUDGET.holds(Month(usd=12.0, released_until_eur=15))
    assert BUDGET.holds(Month(usd=16.5, released_until_eur=15))


def test_a_release_below_the_limit_changes_nothing() -> None:
    assert not BUDGET.holds(Month(usd=10.0, released_until_eur=5))


def test_without_a_budget_nothing_holds_and_nobody_waits() -> None:
    none = Budget(0, 100, 1.1)

    assert not none.holds(Month(usd=1e6))
    assert none.wait(Month(usd=1e6), 0.01, NOW) == timedelta(0)


def test_runs_that_are_so_far_apart_spend_their_share_by_the_months_end() -> None:
    spent = Month(usd=1.0)
    wait = BUDGET.wait(spent, 0.0125, NOW)

    assert wait is not None
    runs = (month_end(NOW) - NOW) / wait
    assert 1.0 + runs * 0.0125 == pytest.approx(10 * RUNS_SHARE * 1.1)


def test_once_the_share_is_spent_no_wait_is_long_enough() -> None:
    assert BUDGET.wait(Month(usd=2.75), 0.0125, NOW) is None


def test_after_idle_days_photos_wait_less() -> None:
    early, late = (BUDGET.wait(Month(), 0.0125, NOW + timedelta(days=days)) for days in (0, 10))

    assert early is not None
    assert late is not None
    assert late < early


def of_runs(*bills: dict[str, float] | None, photos: int = 4) -> Batch:
    runs = tuple(LedgerRun(f"r{number}", number, "SUCCESS", NOW, 60, billed) for number, billed in enumerate(bills))
    return Batch("b", BatchState.DONE, NOW, photos=photos, runs=runs)


def test_a_batch_costs_what_all_its_runs_do_and_a_photo_its_share(prices: Prices) -> None:
    batch = of_runs({"vCPUHour": 1.0}, {"vCPUHour": 2.0}, {})

    assert costs.batch_usd(batch, prices) == pytest.approx(3 * prices.usd(Item.EMR_VCPU))
    assert costs.photo_usd(batch, prices) == pytest.approx(0.75 * prices.usd(Item.EMR_VCPU))


def test_while_a_bill_is_missing_nobody_says_what_a_batch_costs(prices: Prices) -> None:
    assert costs.batch_usd(of_runs({"vCPUHour": 1.0}, None), prices) is None
    assert costs.photo_usd(of_runs({"vCPUHour": 1.0}, None), prices) is None
    assert costs.photo_usd(of_runs({}, photos=0), prices) is None


def test_every_name_of_a_bill_has_a_price() -> None:
    assert set(costs.BILLED.values()) <= set(Item)
