from decimal import Decimal

import pytest

from contracts.prices.items import Item
from contracts.prices.price_list import Prices, packed
from infra.ops.costs.bill import Basis, Used, bill


@pytest.fixture
def prices() -> Prices:
    return packed().region("eu-west-3")


def used(item: Item, quantity: float, what: str = "it") -> Used:
    return Used(what, item, quantity, Basis.COUNTED)


def test_a_bill_adds_up_by_hand_from_what_it_shows(prices: Prices) -> None:
    found = bill([used(Item.EMR_VCPU, 1.23456), used(Item.S3_PUT, 1_000_000), used(Item.EMR_MEMORY, 7.7777)], prices)

    by_hand = [round(float(line.quantity - line.free) * float(line.price), 4) for line in found.lines]
    assert [float(line.usd) for line in found.lines] == pytest.approx(by_hand, abs=1e-4)
    assert found.usd == sum(line.usd for line in found.lines)
    assert found.lines[1].usd == Decimal("5.3000")


def test_euros_are_dollars_by_the_files_rate(prices: Prices) -> None:
    found = bill([used(Item.S3_PUT, 1_000_000)], prices)

    assert float(found.eur) == pytest.approx(5.3 / prices.usd_per_euro, abs=1e-4)


def test_free_units_are_given_once_however_many_lines_use_the_item(prices: Prices) -> None:
    found = bill([used(Item.SQS_REQUEST, 700_000), used(Item.SQS_REQUEST, 700_000)], prices)

    assert [int(line.free) for line in found.lines] == [700_000, 300_000]
    assert found.usd == Decimal("0.1600")


def test_a_quantity_of_nothing_is_no_line(prices: Prices) -> None:
    assert bill([used(Item.METRIC, 0.0)], prices).lines == []


def test_red_twin_amounts_added_before_they_are_rounded_do_not_add_up(prices: Prices) -> None:
    found = bill([used(Item.EMR_VCPU, 0.001, str(number)) for number in range(100)], prices)

    unrounded = sum((line.quantity * line.price for line in found.lines), Decimal(0))
    assert found.usd == 100 * Decimal("0.0001")
    assert found.usd != unrounded
