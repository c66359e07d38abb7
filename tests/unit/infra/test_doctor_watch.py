"""The doctor's run is watched to its end, and then for what comes late; nothing is waited for in vain."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from chalicelib.domain.sizing import DRIVER_GB, DRIVER_VCPU
from chalicelib.services.ports import JobRun, JobRunner
from contracts.errors import RetryLater
from contracts.jobs.names import Kind, RunName
from infra.ops.doctor import examine
from infra.ops.doctor.findings import Observed
from infra.ops.pipeline import Pipeline
from infra.ops.stack_state import RunTimes

NOW = datetime(2026, 11, 28, tzinfo=UTC)
AT_WORK = RunTimes("r1", Kind.DOCTOR, "20261128T000000", "RUNNING", NOW, NOW, None, None, {})
OVER = replace(AT_WORK, state="SUCCESS")


@dataclass
class FakeService:
    """A stack at a time of its own: the run ends at once, and log and bill come after so many seconds."""

    runs: Sequence[RunTimes] = (AT_WORK, OVER)
    stored_at: float = 0.0
    live_at: float = 0.0
    billed_at: float = 0.0
    now: float = 0.0
    looks: int = field(default=0, init=False)
    run_logs: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.run_logs = self

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def run(self, run_id: str) -> RunTimes:
        run = self.runs[min(self.looks, len(self.runs) - 1)]
        self.looks += 1
        return replace(run, run_id=run_id, billed={"vCPUHour": 0.05} if self.now >= self.billed_at else {})

    def stored(self, _: str, stream: str) -> str | None:
        return "{}" if self.now >= self.stored_at and stream == "stdout" else None

    def live(self, _: str, stream: str) -> str | None:
        return "{}" if self.now >= self.live_at and stream == "stderr" else None

    def report(self, _: str) -> dict[str, Any]:
        return {"outcome": "done", "found": {"python": {"value": 1, "error": None}}}

    def get_run(self, run_id: str) -> JobRun:
        return JobRun(run_id, RunName(Kind.DOCTOR, "20261128T000000", 1), "SUCCESS", "said by the service", 60, None)


def watched(service: FakeService, patience: float = 60.0, within: float = 1e9) -> Observed:
    return examine.observe(
        cast(Pipeline, service), cast(JobRunner, service), "r1", lambda _: None,
        patience=patience, within=within, clock=service.clock, sleep=service.sleep,
    )  # fmt: skip


def test_what_is_there_at_the_end_is_waited_for_no_longer() -> None:
    service = FakeService()

    seen = watched(service)

    assert (seen.stored_after, seen.live_after, seen.billed_after) == (0, 0, 0)
    assert service.now == 1.0  # the one look at the run that was at work
    assert (seen.state, seen.details, seen.requested_at, seen.found) == (
        "SUCCESS", "said by the service", NOW, {"python": {"value": 1, "error": None}},
    )  # fmt: skip


def test_each_is_timed_from_the_end_when_it_comes() -> None:
    seen = watched(FakeService(stored_at=9.0, live_at=5.0, billed_at=31.0))

    assert (seen.stored_after, seen.live_after, seen.billed_after) == (8.0, 4.0, 30.0)
    assert seen.billed == {"vCPUHour": 0.05}


def test_what_does_not_come_within_our_patience_never_came() -> None:
    seen = watched(FakeService(stored_at=9.0, billed_at=1e9), patience=20.0)

    assert (seen.stored_after, seen.billed_after, seen.patience) == (8.0, None, 20.0)


def test_a_run_that_never_ends_is_given_up_in_time() -> None:
    with pytest.raises(RetryLater, match="fruits logs r1"):
        watched(FakeService(runs=(AT_WORK,)), within=-1.0)


def test_a_run_costs_about_a_cent() -> None:
    a_minute = (DRIVER_VCPU + examine.SIZE.executor_cores) * 0.063 + (DRIVER_GB + examine.SIZE.executor_gb) * 0.0069
    assert 3 * a_minute / 60 < 0.01  # USD of eu-west-3, three minutes
