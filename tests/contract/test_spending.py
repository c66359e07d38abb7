"""What spending promises, whichever it is: the fake and the DynamoDB adapter pass the same tests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.aws.spending import Day, DynamoSpending
from chalicelib.domain.budget import Month
from chalicelib.services.spending import Spending
from infra.deployment.template import resource
from infra.local.cloud import LocalCloud
from tests.fakes.spending import FakeSpending

DAY = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
TABLE = resource("LedgerTable")["Properties"]


@pytest.fixture(params=["fake", "dynamodb"])
def spending(request: pytest.FixtureRequest) -> Spending:
    if request.param == "fake":
        return FakeSpending()
    real: DynamoSpending = request.getfixturevalue("dynamo_spending")
    return real


@pytest.fixture
def dynamo_spending(local_cloud: LocalCloud) -> DynamoSpending:
    client: Any = local_cloud.target().client("dynamodb")
    name = f"spending-{uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in TABLE["KeySchema"]
        ],
        KeySchema=TABLE["KeySchema"],
    )
    return DynamoSpending(client, name)


def test_a_month_without_runs_has_cost_nothing(spending: Spending) -> None:
    assert spending.month("2026-11") == Month(0.0, 0, 0.0)


def test_runs_of_a_month_add_up_over_its_days(spending: Spending) -> None:
    assert spending.add("r1", 0.0125, DAY)
    assert spending.add("r2", 0.5, DAY)
    assert spending.add("r3", 0.25, DAY - timedelta(days=20))

    found = spending.month("2026-11")
    assert found.usd == pytest.approx(0.7625)
    assert found.runs == 3


def test_a_run_told_twice_is_counted_once(spending: Spending) -> None:
    assert spending.add("r1", 0.0125, DAY)
    assert not spending.add("r1", 0.0125, DAY)

    found = spending.month("2026-11")
    assert found.usd == pytest.approx(0.0125)
    assert found.runs == 1


def test_the_next_month_begins_with_nothing(spending: Spending) -> None:
    spending.add("r1", 5.0, DAY)
    spending.release("2026-11", 20.0, DAY)

    assert spending.month("2026-12") == Month(0.0, 0, 0.0)


def test_the_largest_release_of_a_month_holds(spending: Spending) -> None:
    spending.release("2026-11", 20.0, DAY)
    spending.release("2026-11", 15.5, DAY + timedelta(seconds=1))

    assert spending.month("2026-11").released_until_eur == 20.0


def test_a_release_is_no_cost(spending: Spending) -> None:
    spending.release("2026-11", 20.0, DAY)

    assert (spending.month("2026-11").usd, spending.month("2026-11").runs) == (0.0, 0)


def test_of_eight_tellings_at_once_one_counts(spending: Spending) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: spending.add("r1", 1.0, DAY), range(8)))

    assert sum(told) == 1
    assert spending.month("2026-11").usd == pytest.approx(1.0)


def test_a_day_is_written_anew_unless_a_run_was_counted_in_it_meanwhile(dynamo_spending: DynamoSpending) -> None:
    for run, usd in (("r1", 0.0125), ("planted", 10.6)):
        dynamo_spending.add(run, usd, DAY)
    (before,) = dynamo_spending.days("2026-11")
    right, none = Day("2026-11-28", 0.0125, frozenset({"r1"})), Day("2026-11-28", 0.0, frozenset())
    assert before.run_ids == {"r1", "planted"}

    dynamo_spending.add("r2", 0.5, DAY)
    assert not dynamo_spending.replace_day(before, right)
    assert dynamo_spending.month("2026-11").runs == 3

    (now,) = dynamo_spending.days("2026-11")
    assert dynamo_spending.replace_day(now, right)
    assert dynamo_spending.days("2026-11") == [right]
    assert not dynamo_spending.add("r1", 0.0125, DAY)
    assert dynamo_spending.replace_day(right, none)
    assert dynamo_spending.days("2026-11") == []
    assert dynamo_spending.replace_day(none, right)
    assert not dynamo_spending.replace_day(none, right)


def test_red_twin_a_release_is_no_day(dynamo_spending: DynamoSpending) -> None:
    dynamo_spending.release("2026-11", 15.0, DAY)

    assert dynamo_spending.days("2026-11") == []
