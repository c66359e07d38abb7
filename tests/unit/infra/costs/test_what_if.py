"""What months would cost, by the same rules and prices as bills."""

from decimal import Decimal

import pytest

from chalicelib.domain.costs import start_usd
from contracts.prices.items import Item
from contracts.prices.price_list import Prices, packed
from infra.ops.costs import compare, model, what_if
from infra.ops.costs.workload import BALANCED, BEFORE, BEFORE_SETTING, FAST, FRUGAL, NOW, SETTINGS, Setting, Workload


@pytest.fixture(scope="module")
def prices() -> Prices:
    return packed().region("eu-west-3")


def test_a_million_photos_cost_at_most_six_tenths_of_what_they_did(prices: Prices) -> None:
    assert what_if.compared(prices).ratio <= 0.6


def test_a_million_photos_cost_less_than_ten_euros_with_every_lever_pulled(prices: Prices) -> None:
    assert what_if.compared(prices).levers[-1][1].eur < 10


def test_the_defaults_do_not_reach_ten_euros_and_the_page_says_so(prices: Prices) -> None:
    """When this fails, the page claims too little."""
    assert what_if.compared(prices).default.eur > 10


def test_each_lever_lowers_the_bill(prices: Prices) -> None:
    found = what_if.compared(prices)
    bills = [found.default.usd, *(bill.usd for _, bill in found.levers)]

    assert bills == sorted(bills, reverse=True)
    assert len(set(bills)) == len(bills)


def test_the_parts_of_a_bill_are_all_of_it(prices: Prices) -> None:
    for bill in (what_if.compared(prices).before, what_if.compared(prices).default):
        assert sum((bill.of(*items) for _, items in what_if.PARTS), Decimal(0)) == bill.usd


def test_half_of_the_cheapest_bill_is_what_no_design_can_lower(prices: Prices) -> None:
    cheapest = what_if.compared(prices).levers[-1][1]
    uploads = sum(line.usd for line in cheapest.lines if line.what == "S3: upload of each photo")

    assert 0.4 < float(uploads / cheapest.usd) < 0.6


def test_a_trickle_costs_at_most_three_dollars_in_runs_by_the_defaults(prices: Prices) -> None:
    assert what_if.cell(Workload(43_200), "", BALANCED, "X86_64", prices).runs_usd <= 3


def test_the_table_has_every_month_that_was_asked_for(prices: Prices) -> None:
    cells = list(what_if.table(prices))

    assert len(cells) == 3 * 3 * 3 * 2
    assert len({(one.load.photos, one.label, one.setting.name, one.architecture) for one in cells}) == 54


@pytest.mark.parametrize("setting", [FRUGAL, BALANCED, FAST], ids=lambda one: one.name)
@pytest.mark.parametrize("photos", [100, 10_000, 1_000_000])
def test_graviton_is_cheaper_or_sooner(prices: Prices, photos: int, setting: Setting) -> None:
    x86, arm = (what_if.cell(Workload(photos), "", setting, one, prices) for one in what_if.ARCHITECTURES)

    assert arm.bill.usd < x86.bill.usd or arm.minutes_to_row < x86.minutes_to_row


def test_who_waits_less_pays_more(prices: Prices) -> None:
    frugal, balanced, fast = (what_if.cell(Workload(43_200), "", one, "X86_64", prices) for one in SETTINGS)

    assert frugal.bill.usd < balanced.bill.usd < fast.bill.usd
    assert frugal.minutes_to_row > balanced.minutes_to_row > fast.minutes_to_row


def test_a_setting_s_longest_wait_holds(prices: Prices) -> None:
    for cell in what_if.table(prices):
        assert cell.plan.wait_minutes <= cell.setting.max_wait_minutes


def test_the_build_before_sent_more_metrics_than_are_free(prices: Prices) -> None:
    before = model.month(what_if.MILLION, BEFORE_SETTING, BEFORE, prices)[1]
    now = model.month(what_if.MILLION, BALANCED, NOW, prices)[1]

    assert before.of(Item.METRIC) == Decimal("18.6000")
    assert now.of(Item.METRIC, Item.DASHBOARD) == 0


def test_an_idle_month_costs_its_alarms_and_little_else(prices: Prices) -> None:
    alarms = Decimal("0.4") + Decimal("0.5")

    assert model.idle(prices).of(Item.ALARM, Item.COMPOSITE_ALARM) == alarms
    assert model.idle(prices).usd < alarms + Decimal("0.2")


def test_a_cluster_left_on_wins_only_when_it_is_hardly_ever_idle(prices: Prices) -> None:
    assert 0.5 < compare.busy_share(prices) < 1


def test_the_other_ways_are_named_with_a_cost_and_a_reason(prices: Prices) -> None:
    found = list(compare.ways(what_if.MILLION, prices))

    assert [way.name.split(",")[0] for way in found] == [
        "EMR Serverless",
        "EMR on EC2",
        "Lambda",
        "Fargate",
        "SageMaker batch transform",
    ]
    assert all(way.usd > 0 and way.wins for way in found)
    assert found[1].usd == max(way.usd for way in found)


def test_lambda_costs_as_much_as_a_run_at_the_number_that_the_page_names(prices: Prices) -> None:
    load = what_if.MILLION
    even = compare.even_photos(load, prices)
    by_run = start_usd(prices) + even * load.each_seconds * compare.core_hour(prices) / 3600
    time = load.each_seconds + compare.LAMBDA_CALL_SECONDS / compare.LAMBDA_WINDOW_PHOTOS
    by_lambda = even * time * compare.LAMBDA_GB_A_VCPU * prices.usd(Item.LAMBDA_TIME)

    assert by_run == pytest.approx(by_lambda)
