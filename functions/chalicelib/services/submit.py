"""Submit: photos that wait become batches, and batches job runs."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from chalicelib.domain import batches, sizing
from chalicelib.domain.batches import Batching
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.counts import BatchGiveUpCount, Counts, SubmitCount
from chalicelib.domain.records import Batch, LedgerPhoto
from chalicelib.domain.sizing import Capacity
from chalicelib.domain.states import BatchState
from chalicelib.services.endings import Endings, started
from chalicelib.services.ports import ENDED, Clock, Job, JobRunner, Ledger, ManifestStore
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind, RunName

Found = TypeVar("Found")

LEASE = "submit"


@dataclass
class _Round:
    """One submit at work: how many runs are in flight, the breaker as it was last read, and what is counted."""

    in_flight: int
    breaker: Breaker
    counts: Counts


@dataclass(frozen=True, slots=True)
class Submitter:
    """The use cases around starts. `random_hex` returns hex digits; `lease` outlasts the longest invocation."""

    ledger: Ledger
    manifests: ManifestStore
    runner: JobRunner
    endings: Endings
    clock: Clock
    random_hex: Callable[[], str]
    batching: Batching
    capacity: Capacity
    lease: timedelta = timedelta(minutes=15)

    def submit(self, counts: Counts) -> None:
        """Take up what was left lying, make batches of what waits, and start them. One at a time does this.

        Whatever stops it, the next one goes on from the ledger. What one batch meets stops no other.
        """
        holder = self.random_hex()
        now = self.clock()
        if not self.ledger.lease(LEASE, holder, now + self.lease, now):
            counts[SubmitCount.LEASE_HELD] += 1
            return
        try:
            self._submit_all(counts)
            self.endings.ask_for_bills(counts)
        finally:
            self.ledger.release(LEASE, holder)

    def _submit_all(self, counts: Counts) -> None:
        found = self._settle_open(counts)
        ready = [batch for batch in found if batch.state is BatchState.READY]
        in_flight = sum(batch.state is BatchState.RUNNING for batch in found)
        state = _Round(in_flight, self.ledger.breaker(), counts)
        if state.breaker.open and len(ready) <= self.batching.in_flight and all(map(tries, ready)):
            self._start_new(state)  # photos that never failed are the better probe
        self._start_ready(ready, state)
        while state.in_flight < self.batching.in_flight and self._start_new(state):
            pass

    def _settle_open(self, counts: Counts) -> list[Batch]:
        """Reconcile RUNNING batches and finish CLAIMING ones. Return the open batches as they are then."""
        works = {BatchState.RUNNING: self._reconcile, BatchState.CLAIMING: self._inherit}
        found = []
        for batch in self.ledger.open_batches():
            work = works.get(batch.state)
            after: Batch | None = batch
            if work is not None:
                after = self._do_within_boundary(work, batch, counts, otherwise=after)
            found += [] if after is None else [after]
        return found

    def _do_within_boundary(
        self, work: Callable[[Batch, Counts], Found], batch: Batch, counts: Counts, *, otherwise: Found
    ) -> Found:
        """Do the work for one batch and return what it returns; `otherwise` if it fails, and the others go on."""
        try:
            return work(batch, counts)
        except RetryLater:
            counts[SubmitCount.BATCH_LATER] += 1  # the next minute goes on from the ledger
        except GiveUp as error:
            counts[BatchGiveUpCount(f"batch_{error.outcome}")] += 1
        return otherwise

    def _reconcile(self, batch: Batch, counts: Counts) -> Batch | None:
        """Ask for a run whose event may never come: delivery is best effort. Return the batch as it is then."""
        run = self.runner.get_run(batch.run.run_id)
        if run is None:
            return self.endings.record_vanished(batch, counts)
        if run.state not in ENDED:
            return batch
        counts[SubmitCount.RUNS_RECONCILED] += 1
        return self.endings.end(batch, run, counts)

    def _inherit(self, batch: Batch, counts: Counts) -> Batch | None:
        counts[SubmitCount.BATCHES_INHERITED] += 1  # its maker is gone, or we would not hold the lease
        return self._begin(batch, self.ledger.photos_of(batch.batch_id), counts)

    def _start_ready(self, ready: Iterable[Batch], state: _Round) -> None:
        """Start the batches that are due and that the breaker lets start."""
        now = self.clock()
        # The oldest first. A probe is rather one that never failed: its run tells a bad batch from a bad set-up.
        due = [batch for batch in ready if batch.is_due(now)]
        probing = state.breaker.open
        for batch in sorted(due, key=lambda batch: (tries(batch) if probing else 0, batch.batch_id)):
            if state.in_flight >= self.batching.in_flight:
                break
            if state.breaker.lets_start(state.in_flight, now):
                self._start(batch, state)
            else:
                state.counts[SubmitCount.BATCHES_HELD] += 1
        state.counts[SubmitCount.BREAKER_OPEN] += state.breaker.open

    def _start_new(self, state: _Round) -> bool:
        """Make and start one more batch, if there are photos for it; return whether it is in flight."""
        now = self.clock()
        if not state.breaker.lets_start(state.in_flight, now):
            return False
        waiting = self.ledger.waiting(self.batching.most)
        take = batches.photos_to_take(waiting, self.batching, state.in_flight, now)
        if not take:
            return False
        batch = Batch(batches.batch_id(now, self.random_hex()), BatchState.CLAIMING, now)
        if not self.ledger.save(batch):
            return False
        ready = self._begin(batch, self.ledger.claim(waiting[:take], batch.batch_id), state.counts)
        return ready is not None and self._start(ready, state)

    def _start(self, batch: Batch, state: _Round) -> bool:
        """Start a READY batch, whatever it meets; return whether it is in flight."""
        in_flight = self._do_within_boundary(self._ask_for_run, batch, state.counts, otherwise=False)
        state.in_flight += in_flight
        if not in_flight:  # a refusal changes the breaker
            state.breaker = self.ledger.breaker()
        return in_flight

    def _begin(self, batch: Batch, photos: Sequence[LedgerPhoto], counts: Counts) -> Batch | None:
        """Write the manifest of what was claimed; return the READY batch, None if there is none."""
        if not photos:
            counts[SubmitCount.BATCHES_ABANDONED] += 1
            self.ledger.save(batch.moved(BatchState.ABANDONED))
            return None
        content = batches.manifest(batch.batch_id, photos)
        ready = batch.moved(
            BatchState.READY,
            photos=len(photos),
            size_bytes=sum(photo.upload.size_bytes for photo in photos),
            cpu_seconds=batches.cpu_seconds(photos),
            manifest_uri=self.manifests.write(batch.batch_id, content),
            manifest_sha256=hashlib.sha256(content).hexdigest(),
        )
        return ready if self.ledger.save(ready) else None

    def _ask_for_run(self, batch: Batch, counts: Counts) -> bool:
        """Ask for a run of a READY batch; return whether one may be in flight. If not, a later submit tries again."""
        size = sizing.size(batch.work, batch.failures, self.capacity, self.batching)
        name = RunName(Kind.EXTRACT, batch.batch_id, batch.attempt)
        try:
            run_id = self.runner.start(Job(name, ("--manifest", str(batch.manifest_uri)), size))
        except RetryLater:
            counts[SubmitCount.START_LATER] += 1
            return True  # it may well have started: its reply was lost
        except GiveUp as error:
            self.endings.record_refusal(batch, str(error), counts)
            return False
        if self.ledger.save(started(batch, run_id, self.clock())):
            counts[SubmitCount.RUNS_STARTED] += 1
            counts[SubmitCount.PHOTOS_SUBMITTED] += batch.photos
        return True


def tries(batch: Batch) -> int:
    """Return how often a batch was started, or was to be."""
    return len(batch.runs) + batch.refusals
