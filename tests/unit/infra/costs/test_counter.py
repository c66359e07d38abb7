"""The brake's counter beside the bills of the same runs: what disagrees is said, and is counted anew from the bills."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.aws.spending import Day
from chalicelib.domain.budget import Budget, Month
from contracts.jobs.names import Kind
from contracts.prices.items import Item
from contracts.prices.price_list import packed
from infra.cli.costs_month import counter_words
from infra.ops.costs.brake import Brake
from infra.ops.costs.counter import Counted, changes, of_bills
from infra.ops.stack_state import RunTimes

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
PRICES = packed().region("eu-west-3").on("X86_64")
HOUR = PRICES.usd(Item.EMR_VCPU)
RUN = RunTimes("r-1", Kind.EXTRACT, "b-1", "SUCCESS", NOW, NOW, NOW, 60, {"vCPUHour": 2.0})
BUDGET = Budget(10.0, 100, 1.25)
RIGHT = Counted(Brake(Month(usd=5.0, runs=4), BUDGET), bills_usd=4.97, bills=4, unbilled=1, now=True)
WRONG = replace(RIGHT, brake=Brake(Month(usd=13.3, runs=5), BUDGET), bills_usd=0.0054, bills=3, unbilled=0)


def day(name: str, usd: float, *runs: str) -> Day:
    return Day(name, usd, frozenset(runs))


def test_bills_are_counted_on_the_day_on_which_their_run_was_asked_for() -> None:
    found = of_bills(
        [
            RUN,
            replace(RUN, run_id="r-2", billed={"vCPUHour": 1.0}),
            replace(RUN, run_id="r-3", created_at=NOW - timedelta(days=1)),
            replace(RUN, run_id="r-4", billed={}),
            replace(RUN, run_id="r-5", state="RUNNING"),
        ],
        PRICES,
    )

    assert {name: one.run_ids for name, one in found.items()} == {"2026-11-16": {"r-1", "r-2"}, "2026-11-15": {"r-3"}}
    assert found["2026-11-16"].usd == pytest.approx(3 * float(HOUR))
    late = NOW.replace(hour=1, tzinfo=timezone(timedelta(hours=2)))
    assert list(of_bills([replace(RUN, created_at=late)], PRICES)) == ["2026-11-15"]


def test_a_recount_changes_the_days_that_differ_and_no_others() -> None:
    before = [day("2026-11-14", 10.6, "planted"), day("2026-11-15", 0.2, "r-3"), day("2026-11-16", 0.1, "r-1")]
    after = {one.day: one for one in (day("2026-11-15", 0.2, "r-3"), day("2026-11-16", 0.3, "r-1", "r-2"))}

    assert list(changes(before, after)) == [
        (before[0], day("2026-11-14", 0.0)),
        (before[2], after["2026-11-16"]),
    ]
    assert list(changes(before, {one.day: one for one in before})) == []
    assert list(changes([day("2026-11-16", 10.0, "r-1")], {"2026-11-16": before[2]})) != []
    assert list(changes([day("2026-11-16", 0.1, "planted")], {"2026-11-16": before[2]})) != []
    assert list(changes([], after)) == [(day(name, 0.0), one) for name, one in after.items()]


def test_late_bills_are_no_disagreement_and_another_amount_is() -> None:
    assert RIGHT.agrees
    assert replace(RIGHT, bills_usd=4.6).agrees
    assert not replace(RIGHT, bills_usd=4.4).agrees
    assert not replace(RIGHT, bills_usd=9.0).agrees
    assert not WRONG.agrees


def test_the_counter_stands_beside_the_bills_and_says_whether_the_brake_holds() -> None:
    assert counter_words(RIGHT, "") == (
        "The brake has counted 4.0000 of 10.00 EUR for 4 runs, and does not hold. "
        "The bills of 4 runs come to 3.9760 EUR; 1 more have none yet."
    )


def test_a_counter_that_disagrees_with_the_bills_is_a_warning_with_what_mends_it() -> None:
    said = counter_words(WRONG, " --stage prod")

    for part in ("10.6400 of 10.00 EUR", "it holds", "0.0043 EUR", "10.64 EUR apart", "cause 5"):
        assert part in said
    assert "fruits costs --recount --stage prod" in said
    assert WRONG.document()["agrees"] is False
    assert (WRONG.document()["holds"], replace(WRONG, now=False).document()["holds"]) == (True, False)


def test_without_a_budget_there_is_no_limit() -> None:
    free = replace(RIGHT, brake=Brake(Month(usd=5.0, runs=4), Budget(0.0, 100, 1.25)))

    assert "counted 4.0000 for 4 runs, and does not hold" in counter_words(free, "")
    assert free.document()["limit_eur"] is None
