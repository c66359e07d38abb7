"""A job that a person starts once: its run has a name of its own, and no ledger waits for it."""

from datetime import UTC, datetime
from typing import cast

from chalicelib.domain.plans import TriggerOutcome
from chalicelib.services.ports import JobRunner
from contracts.jobs.names import SCHEDULED, Kind, read
from infra.ops import one_off
from tests.fakes.functions import FakeJobRunner, FakeManifests

NOW = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


def test_a_repair_is_started_under_its_own_name_and_twice_in_a_second_is_once() -> None:
    runner = FakeJobRunner(FakeManifests())

    fired, again = (one_off.start(cast(JobRunner, runner), Kind.REPAIR, ["--plan"], NOW) for _ in range(2))

    assert fired == again
    assert (fired.kind, fired.outcome) == (Kind.REPAIR, TriggerOutcome.STARTED)
    assert fired.sentence() == "A repair run has started."
    run = runner.get_run(fired.run_id or "")
    assert run is not None
    assert run.name == read("repair/20261127T223000/1")
    assert Kind.REPAIR not in SCHEDULED
