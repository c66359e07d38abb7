"""Submit: make batches of waiting photos, and start a job run for each."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from chalicelib.domain import batches, sizing
from chalicelib.domain.batches import Batching
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.counts import BatchGiveUpCount, Counts, SubmitCount
from chalicelib.domain.records import Batch, LedgerPhoto, Page
from chalicelib.domain.sizing import Capacity
from chalicelib.domain.states import BatchState
from chalicelib.services.endings import Endings, started
from chalicelib.services.ports import ENDED, Clock, Job, JobRunner, Ledger, ManifestStore
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.arguments import ExtractArguments
from contracts.jobs.names import Kind, RunName

Found = TypeVar("Found")

Work: TypeAlias = Callable[[Batch, Counts], Batch | None]

LEASE = "submit"
MARK_MINUTES = 10
"""How often the pages that were taken are passed over for good: until then each look reads them again."""


@dataclass
class _Round:
    """One submit at work: the number of runs in flight, the breaker as last read, and the counts."""

    in_flight: int
    breaker: Breaker
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Look:
    """Whether there is anything to make or to start, and the pages that wait, where they were looked at."""

    work: bool
    waiting: Sequence[Page] | None = None


@dataclass(frozen=True, slots=True)
class Submitter:
    """The use cases around starts. `random_hex` returns hex digits; `lease` is longer than any invocation."""

    ledger: Ledger
    manifests: ManifestStore
    runner: JobRunner
    endings: Endings
    clock: Clock
    random_hex: Callable[[], str]
    batching: Batching
    capacity: Capacity
    lease: timedelta = timedelta(minutes=15)
    held: bool = False
    """The month's budget is spent: no batch is made and none is started."""

    def unwaiting(self) -> "Submitter":
        """Return one for which no photo has to wait for others."""
        return replace(self, batching=replace(self.batching, max_wait=timedelta(0)))

    def submit(self, counts: Counts) -> Sequence[Page] | None:
        """Reconcile open batches, make new ones of waiting photos, and start all that are due.

        Return the pages that wait, so that nobody has to read them again; None where others may wait by now.

        What is only looked at, and ends of runs, need no lease: with nothing to start, nothing is written. A lease lets
        one submit start at a time. If it stops anywhere, the next one continues from the ledger. An error of one batch
        does not stop the others.

        Raises:
            RetryLater, GiveUp: the ledger did not answer, or refused.
        """
        now = self.clock()
        if now.minute % MARK_MINUTES == 0:
            self.ledger.move_mark(now)
        look = self._look(counts)
        if look.work:
            self._submit_under_lease(now, counts)
        self.endings.ask_for_bills(counts)
        return None if look.work else look.waiting

    def _look(self, counts: Counts) -> _Look:
        """Reconcile RUNNING batches, and return whether there is anything to make or to start."""
        found = self._settle_open({BatchState.RUNNING: self._reconcile}, counts)
        if self.held:
            counts[SubmitCount.BRAKE_HELD] += 1
            return _Look(work=False)
        state = self._round(found, counts)
        counts[SubmitCount.BREAKER_OPEN] += state.breaker.open
        now = self.clock()
        if any(batch.state is BatchState.CLAIMING for batch in found):
            return _Look(work=True)
        due = [batch for batch in found if batch.state is BatchState.READY and batch.is_due(now)]
        if state.in_flight >= self.batching.in_flight:
            return _Look(work=False)
        if state.breaker.lets_start(state.in_flight, now):
            waiting = () if due else self.ledger.waiting(self.batching.most)
            return _Look(bool(due or self._to_take(waiting, state)), waiting)
        if due:
            counts[SubmitCount.BATCHES_HELD] += len(due)
        return _Look(work=False)

    def _submit_under_lease(self, now: datetime, counts: Counts) -> None:
        holder = self.random_hex()
        if not self.ledger.lease(LEASE, holder, now + self.lease, now):
            counts[SubmitCount.LEASE_HELD] += 1
            return
        try:
            self._submit_all(counts)
        finally:
            self.ledger.release(LEASE, holder)

    def _round(self, found: Iterable[Batch], counts: Counts) -> _Round:
        in_flight = sum(batch.state is BatchState.RUNNING for batch in found)
        return _Round(in_flight, self.ledger.breaker(), counts)

    def _submit_all(self, counts: Counts) -> None:
        found = self._settle_open({BatchState.CLAIMING: self._inherit}, counts)
        ready = [batch for batch in found if batch.state is BatchState.READY]
        state = self._round(found, counts)
        if state.breaker.open and len(ready) <= self.batching.in_flight and all(map(tries, ready)):
            self._start_new(state)  # new photos are the better probe: none of them has failed
        self._start_ready(ready, state)
        while state.in_flight < self.batching.in_flight and self._start_new(state):
            pass

    def _settle_open(self, works: Mapping[BatchState, Work], counts: Counts) -> list[Batch]:
        """Do the work for open batches of some states. Return the open batches as they are then."""
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
        """Return what the work for one batch returns; if it fails, count that and return `otherwise`."""
        try:
            return work(batch, counts)
        except RetryLater:
            counts[SubmitCount.BATCH_LATER] += 1  # the next minute continues from the ledger
        except GiveUp as error:
            counts[BatchGiveUpCount(f"batch_{error.outcome}")] += 1
        return otherwise

    def _reconcile(self, batch: Batch, counts: Counts) -> Batch | None:
        """Get a batch's run from the service, because its event may be lost. Return the batch as it is then."""
        run = self.runner.get_run(batch.run.run_id)
        if run is None:
            return self.endings.record_vanished(batch, counts)
        if run.state not in ENDED:
            return batch
        counts[SubmitCount.RUNS_RECONCILED] += 1
        return self.endings.end(batch, run, counts)

    def _inherit(self, batch: Batch, counts: Counts) -> Batch | None:
        counts[SubmitCount.BATCHES_INHERITED] += 1  # whoever took its pages is gone, or we would not hold the lease
        return self._begin(batch, self.ledger.take(batch.batch_id, self.clock()), counts)

    def _start_ready(self, ready: Iterable[Batch], state: _Round) -> None:
        """Start the batches that are due, as far as the breaker and the limit of runs allow."""
        now = self.clock()
        # The oldest first. While the breaker is open, those that never failed go first: if such a run fails too, the
        # cause is the set-up and not a batch.
        due = [batch for batch in ready if batch.is_due(now)]
        probing = state.breaker.open
        for batch in sorted(due, key=lambda batch: (tries(batch) if probing else 0, batch.batch_id)):
            if state.in_flight >= self.batching.in_flight:
                break
            if state.breaker.lets_start(state.in_flight, now):
                self._start(batch, state)
            else:
                state.counts[SubmitCount.BATCHES_HELD] += 1

    def _start_new(self, state: _Round) -> bool:
        """Make and start one more batch, if enough photos wait. Return whether a run may be in flight."""
        now = self.clock()
        if not state.breaker.lets_start(state.in_flight, now):
            return False
        pages = self._to_take(self.ledger.waiting(self.batching.most), state)
        batch = Batch(batches.batch_id(now, self.random_hex()), BatchState.CLAIMING, now)
        if not pages or not self.ledger.open_batch(batch, pages, now):
            return False
        ready = self._begin(batch, self.ledger.take(batch.batch_id, now), state.counts)
        return ready is not None and self._start(ready, state)

    def _to_take(self, pages: Sequence[Page], state: _Round) -> list[Page]:
        """Return the pages that make a batch now; none if too few photos wait."""
        photos = [photo for page in pages for photo in page.photos]
        return batches.pages_to_take(
            pages, batches.photos_to_take(photos, self.batching, state.in_flight, self.clock())
        )

    def _start(self, batch: Batch, state: _Round) -> bool:
        """Start a READY batch within its boundary. Return whether a run may be in flight."""
        in_flight = self._do_within_boundary(self._ask_for_run, batch, state.counts, otherwise=False)
        state.in_flight += in_flight
        if not in_flight:  # a refusal changes the breaker
            state.breaker = self.ledger.breaker()
        return in_flight

    def _begin(self, batch: Batch, photos: Sequence[LedgerPhoto], counts: Counts) -> Batch | None:
        """Write the manifest of the photos that were taken. Return the READY batch; None if there are none."""
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
        """Ask the service for a run of a READY batch. Return whether one may be in flight."""
        size = sizing.size(batch.work, batch.failures, self.capacity, self.batching)
        name = RunName(Kind.EXTRACT, batch.batch_id, batch.attempt)
        asked = ExtractArguments(manifest=str(batch.manifest_uri))
        try:
            run_id = self.runner.start(Job(name, tuple(asked.to_list()), size))
        except RetryLater:
            counts[SubmitCount.START_LATER] += 1
            return True  # the reply was lost; the run may have started
        except GiveUp as error:
            self.endings.record_refusal(batch, str(error), counts)
            return False
        if self.ledger.save(started(batch, run_id, self.clock())):
            counts[SubmitCount.RUNS_STARTED] += 1
            counts[SubmitCount.PHOTOS_SUBMITTED] += batch.photos
        return True


def tries(batch: Batch) -> int:
    """Return how many starts were asked for: those that became runs, and those refused in a row."""
    return len(batch.runs) + batch.refusals
