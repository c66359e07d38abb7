"""scheduled jobs on fakes: a table, a model, a ledger, and a job that publishes a model when its run succeeds."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain import maintains, refits
from chalicelib.domain.counts import Counts, named
from chalicelib.domain.payloads import MaintainOptions, RefitOptions
from chalicelib.domain.plans import TriggerOutcome
from chalicelib.domain.records import ScheduledJob
from chalicelib.domain.sizing import Capacity
from chalicelib.services.scheduled_jobs import ScheduledJobs, TriggerResult
from contracts.jobs.names import Kind
from tests.fakes.functions import FakeClock, FakeJobLedger, FakeJobRunner, FakeManifests
from tests.fakes.lake import FakeLake, History, pointer
from tests.unit.functions.batch_world import BATCHING


@dataclass
class World:
    """One stack. `history` is that of its table, which has one commit."""

    ledger: FakeJobLedger = field(default_factory=FakeJobLedger)
    lake: FakeLake = field(default_factory=FakeLake)
    clock: FakeClock = field(default_factory=FakeClock)
    runner: FakeJobRunner = field(default_factory=lambda: FakeJobRunner(FakeManifests()))
    tally: Counts = field(default_factory=Counts)

    @property
    def counts(self) -> "Counter[str]":
        """What was counted, by the names of the metrics."""
        return Counter(named(self.tally))

    def __post_init__(self) -> None:
        self.history: History = self.lake.create()
        self.history.commit()
        self.generations = itertools.count(1)

    def jobs(self) -> ScheduledJobs:
        return ScheduledJobs(self.ledger, self.runner.manifests, self.runner, self.clock, Capacity(16, 64), BATCHING)

    def refit(self, **options: Any) -> TriggerOutcome:
        return self.trigger(**options).outcome

    def trigger(self, **options: Any) -> TriggerResult:
        wanted = RefitOptions(**options)
        return self.jobs().trigger(
            Kind.REFIT, lambda job: refits.plan(job, self.lake.table(), self.lake.model(), wanted), self.tally
        )

    def maintain(self, **options: Any) -> TriggerOutcome:
        wanted = MaintainOptions(**options)
        return (
            self.jobs()
            .trigger(
                Kind.MAINTAIN, lambda job: maintains.plan(job, self.lake.table(), wanted, self.clock()), self.tally
            )
            .outcome
        )

    def publish(self) -> None:
        """Do what a refit does: fit the current snapshot, and move the pointer to it."""
        table = self.lake.table()
        assert table is not None
        assert table.current is not None
        sequence_number = table.snapshots[table.current].sequence_number
        self.lake.publish(pointer(table.current, sequence_number, next(self.generations)))

    def end(self, run_id: str, state: str = "SUCCESS", publishes: bool = True, reported: bool = True) -> None:
        """End a run; one that succeeds publishes a model. `reported`: its event arrives."""
        run = self.runner.end(run_id, state)
        if state == "SUCCESS" and publishes:
            self.publish()
        if reported:
            self.jobs().record_end(run, self.tally)

    @property
    def job(self) -> ScheduledJob:
        return self.ledger.kept[Kind.REFIT]

    @property
    def runs(self) -> list[str]:
        return list(self.runner.runs)
