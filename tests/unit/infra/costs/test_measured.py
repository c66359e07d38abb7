"""What a stack has used: bills of its runs, REPORT lines, and the part of a month that is past."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.jobs.names import Kind
from contracts.prices.items import Item
from infra.ops.costs.bill import Basis
from infra.ops.costs.measured import Called, of_runs, reported, span
from infra.ops.stack_state import RunTimes

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def run(kind: Kind, **billed: float) -> RunTimes:
    return RunTimes("r", kind, "s", "SUCCESS", NOW, NOW, NOW, 60, billed)


def test_bills_of_runs_add_up_a_kind() -> None:
    found = list(
        of_runs([run(Kind.EXTRACT, vCPUHour=0.5, memoryGBHour=1.0), run(Kind.EXTRACT, vCPUHour=0.25), run(Kind.REFIT)])
    )

    assert [(one.what, one.item, one.quantity) for one in found] == [
        ("2 extract runs", Item.EMR_MEMORY, 1.0),
        ("2 extract runs", Item.EMR_VCPU, 0.75),
    ]
    assert {one.basis for one in found} == {Basis.BILLED}


def test_a_report_line_tells_of_one_call_and_its_time() -> None:
    line = "REPORT RequestId: 1\tDuration: 1 ms\tBilled Duration: 2000 ms\tMemory Size: 512 MB\tMax Memory Used: 9 MB\t"

    assert reported(line) == Called(1, 1.0)


@pytest.mark.parametrize("line", ["START RequestId: 1", "", '{"message": "REPORT RequestId: "}'])
def test_any_other_line_tells_of_none(line: str) -> None:
    assert reported(line) == Called()


def test_a_month_is_looked_at_from_the_stack_s_beginning_to_now() -> None:
    since = NOW - timedelta(days=3)

    assert span("2026-11", NOW, since).start == since
    assert span("2026-11", NOW, since).end == NOW
    assert span("2026-10", NOW).share == pytest.approx(31 / 30)


def test_a_month_to_come_and_one_before_the_stack_are_empty() -> None:
    assert span("2026-12", NOW).share == 0
    assert span("2026-10", NOW, since=NOW).share == 0


def test_a_month_in_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="does not match"):
        span("November", NOW)
