"""The event path on fakes: what its tests share."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.domain.batches import Batching
from chalicelib.domain.counts import Counts, named
from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.sizing import Capacity
from chalicelib.domain.states import PhotoState
from chalicelib.services.endings import Endings
from chalicelib.services.photos import find_photo, results_of
from chalicelib.services.redrives import Redrive
from chalicelib.services.submit import Submitter
from contracts.photos.results import Result
from tests.fakes.functions import FakeClock, FakeJobRunner, FakeLedger, FakeManifests
from tests.fakes.messages import upload

BATCHING = Batching(target=10, most=25, max_wait=timedelta(minutes=60), in_flight=2)


@dataclass
class World:
    """The event path on fakes."""

    batching: Batching = BATCHING
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    manifests: FakeManifests = field(default_factory=FakeManifests)
    tally: Counts = field(default_factory=Counts)

    @property
    def counts(self) -> "Counter[str]":
        """What was counted, by the names of the metrics."""
        return Counter(named(self.tally))

    def __post_init__(self) -> None:
        self.runner = FakeJobRunner(self.manifests)
        self.numbers = itertools.count()
        self.read: dict[bytes | None, Mapping[str, Result] | None] = {}

    def upload(self, count: int) -> None:
        """Upload photos; each comes in a call of its own."""
        for _ in range(count):
            self.ledger.register([upload(f"uploads/o/{next(self.numbers)}.jpg")], self.clock())

    def submitter(self, **changes: Any) -> Submitter:
        parts: dict[str, Any] = {
            "ledger": self.ledger,
            "manifests": self.manifests,
            "runner": self.runner,
            "endings": self.endings(),
            "clock": self.clock,
            "random_hex": lambda: f"{next(self.numbers):08x}",
            "batching": self.batching,
            "capacity": Capacity(16, 64),
        }
        return Submitter(**(parts | changes))

    def endings(self) -> Endings:
        return Endings(self.ledger, self.manifests, self.manifests, self.runner, self.clock)

    def redrive(self, batch_id: str | None = None) -> None:
        Redrive(self.ledger, self.endings(), self.clock).redrive(batch_id, self.tally)

    def submit(self) -> None:
        self.submitter().submit(self.tally)

    def end(self, run_id: str, state: str = "SUCCESS", details: str = "") -> None:
        self.endings().record_end(self.runner.end(run_id, state, details=details), self.tally)

    def try_all(self, state: str = "FAILED", details: str = "", hours: int = 48) -> None:
        """Let so many hours pass, a submit each minute, in which all runs end in one way."""
        for _ in range(hours * 60):
            self.submit()
            for run_id in self.runner.running():
                self.end(run_id, state, details)
            self.clock.pass_(minutes=1)

    def states(self) -> "Counter[PhotoState]":
        return Counter(photo.state for photo in self.photos())

    def photos(self) -> list[LedgerPhoto]:
        """All photos, as people find them."""
        found = (find_photo(self.ledger, self.results, photo_id) for photo_id in self.ledger.photos)
        return [photo for photo in found if photo is not None]

    def results(self, batch_id: str) -> Mapping[str, Result] | None:
        """A batch's results by photo; the same bytes are read once."""
        written = self.manifests.results(batch_id)
        if written not in self.read:
            self.read[written] = results_of(self.manifests, batch_id)
        return self.read[written]

    def drained(self) -> None:
        """Submit and end runs until nothing is left to do."""
        for _ in range(100):
            self.clock.pass_(minutes=61)
            self.submit()
            for run_id in self.runner.running():
                self.end(run_id)
            if not self.ledger.waiting(1) and not self.ledger.open_batches():
                return
        raise AssertionError("it does not come to an end")
