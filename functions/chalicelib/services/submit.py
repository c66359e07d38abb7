"""Submit: photos that wait become batches, and batches job runs."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain import batches, sizing
from chalicelib.domain.batches import Batching
from chalicelib.domain.counts import BatchGiveUpCount, Counts, SubmitCount
from chalicelib.domain.records import Batch, LedgerPhoto
from chalicelib.domain.sizing import Capacity
from chalicelib.domain.states import BatchState
from chalicelib.services.endings import Endings, started
from chalicelib.services.ports import ENDED, Clock, Job, JobRunner, Ledger, ManifestStore
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.arguments import ExtractArguments
from contracts.jobs.names import Kind, RunName

LEASE = "submit"


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
            self._round(counts)
            self.endings.ask_for_bills(counts)
        finally:
            self.ledger.release(LEASE, holder)

    def _round(self, counts: Counts) -> None:
        found = self.ledger.open_batches()
        running = [batch for batch in found if batch.state is BatchState.RUNNING]
        in_flight = sum(self._do_within_boundary(self._reconcile, batch, counts) for batch in running)
        for batch in (batch for batch in found if batch.state is BatchState.CLAIMING):
            counts[SubmitCount.BATCHES_INHERITED] += 1  # its maker is gone, or we would not hold the lease
            self._do_within_boundary(self._inherit, batch, counts)
        ready = [batch for batch in self.ledger.open_batches() if batch.state is BatchState.READY]
        if self.ledger.breaker().open and len(ready) <= self.batching.in_flight and all(map(tries, ready)):
            in_flight += self._start_new(in_flight, counts)  # photos that never failed are the better probe
        in_flight += self._start_all(ready, in_flight, counts)
        while in_flight < self.batching.in_flight and self._start_new(in_flight, counts):
            in_flight += 1

    def _do_within_boundary(self, work: Callable[[Batch, Counts], bool], batch: Batch, counts: Counts) -> bool:
        """Do the work for one batch; whatever it meets, the others go on. Return whether a run may be in flight."""
        try:
            return work(batch, counts)
        except RetryLater:
            counts[SubmitCount.BATCH_LATER] += 1  # the next minute goes on from the ledger
        except GiveUp as error:
            counts[BatchGiveUpCount(f"batch_{error.outcome}")] += 1
        return batch.state is BatchState.RUNNING

    def _reconcile(self, batch: Batch, counts: Counts) -> bool:
        """Ask for a run whose event may never come: delivery is best effort."""
        run = self.runner.get_run(batch.run.run_id)
        if run is None:
            self.endings.record_vanished(batch, counts)
            return False
        if run.state not in ENDED:
            return True
        counts[SubmitCount.RUNS_RECONCILED] += 1
        self.endings.end(batch, run, counts)
        return False

    def _start_all(self, ready: Iterable[Batch], in_flight: int, counts: Counts) -> int:
        """Start the batches that are due and that the breaker lets start; return how many are in flight by it."""
        now, starting = self.clock(), 0
        breaker = self.ledger.breaker()
        # The oldest first. A probe is rather one that never failed: its run tells a bad batch from a bad set-up.
        due = [batch for batch in ready if batch.is_due(now)]
        for batch in sorted(due, key=lambda batch: (tries(batch) if breaker.open else 0, batch.batch_id)):
            if in_flight + starting >= self.batching.in_flight:
                break
            if not breaker.lets_start(in_flight + starting, now):
                counts[SubmitCount.BATCHES_HELD] += 1
                continue
            starting += self._do_within_boundary(self._start, batch, counts)
            breaker = self.ledger.breaker()
        counts[SubmitCount.BREAKER_OPEN] += breaker.open
        return starting

    def _start_new(self, in_flight: int, counts: Counts) -> bool:
        """Make and start one more batch, if there are photos for it; return whether it is in flight."""
        now = self.clock()
        if not self.ledger.breaker().lets_start(in_flight, now):
            return False
        waiting = self.ledger.waiting(self.batching.most)
        take = batches.photos_to_take(waiting, self.batching, in_flight, now)
        if not take:
            return False
        batch = Batch(batches.batch_id(now, self.random_hex()), BatchState.CLAIMING, now)
        if not self.ledger.save(batch):
            return False
        ready = self._begin(batch, self.ledger.claim(waiting[:take], batch.batch_id), counts)
        return ready is not None and self._do_within_boundary(self._start, ready, counts)

    def _inherit(self, batch: Batch, counts: Counts) -> bool:
        self._begin(batch, self.ledger.photos_of(batch.batch_id), counts)
        return False

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

    def _start(self, batch: Batch, counts: Counts) -> bool:
        """Start a READY batch's next attempt; one that cannot be started now is tried again by a later submit."""
        size = sizing.size(batch.work, batch.failures, self.capacity, self.batching)
        name = RunName(Kind.EXTRACT, batch.batch_id, batch.attempt)
        asked = ExtractArguments(manifest=str(batch.manifest_uri))
        try:
            run_id = self.runner.start(Job(name, tuple(asked.to_list()), size))
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
