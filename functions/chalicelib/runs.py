"""Submit: photos that wait become batches, and batches job runs. End: what a run did enters the ledger."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib import batches, sizing
from chalicelib.errors import RetryLater
from chalicelib.ports import ENDED, Clock, Job, JobRun, JobRunner, Ledger, ManifestStore, Settled
from chalicelib.records import Batch, LedgerPhoto, Run
from chalicelib.run_names import Kind, RunName
from chalicelib.settings import Batching, Capacity
from chalicelib.states import BatchState, PhotoState
from infra.contracts.rejections import Rejection
from infra.contracts.results import FEATURES, Result, decode

LEASE = "submit"


@dataclass(frozen=True, slots=True)
class Submitter:
    """The use cases around job runs. `chance` returns hex digits; `lease` outlasts the longest invocation."""

    ledger: Ledger
    manifests: ManifestStore
    runner: JobRunner
    clock: Clock
    chance: Callable[[], str]
    batching: Batching
    capacity: Capacity
    lease: timedelta = timedelta(minutes=15)

    def submit(self, counts: "Counter[str]") -> None:
        """Take up what was left lying, make batches of what waits, and start them. One at a time does this.

        Whatever stops it, the next one goes on from the ledger.
        """
        holder = self.chance()
        now = self.clock()
        if not self.ledger.lease(LEASE, holder, now + self.lease, now):
            counts["lease_held"] += 1
            return
        try:
            in_flight = sum(self._taken_up(batch, counts) for batch in self.ledger.open_batches())
            while self._another(in_flight, counts):
                in_flight += 1
        finally:
            self.ledger.release(LEASE, holder)

    def ended(self, run: JobRun, counts: "Counter[str]") -> None:
        """Bring a run's end into the ledger. The same end again, or one of an earlier attempt, changes nothing.

        Raises:
            RetryLater: the ledger or the store did not answer; the same call finishes the work.
        """
        batch = None if run.name is None else self.ledger.batch(run.name.subject)
        if batch is None or batch.state is not BatchState.RUNNING or batch.run.run_id != run.run_id:
            counts["run_not_awaited"] += 1
        elif run.state not in ENDED:
            counts["run_not_ended"] += 1
        else:
            self._end(batch, run, counts)

    def _taken_up(self, batch: Batch, counts: "Counter[str]") -> bool:
        """Go on with one batch where it stands; return whether a run is in flight for it."""
        if batch.state is BatchState.CLAIMING:  # its maker is gone, or we would not hold the lease
            counts["batches_inherited"] += 1
            return self._begun(batch, self.ledger.photos_of(batch.batch_id), counts)
        if batch.state is BatchState.READY:
            return self._start(batch, counts)
        return self._reconciled(batch, counts)

    def _reconciled(self, batch: Batch, counts: "Counter[str]") -> bool:
        """Ask for a run whose event may never come: delivery is best effort."""
        try:
            run = self.runner.look(batch.run.run_id)
        except RetryLater:
            counts["look_later"] += 1
            return True
        if run.state not in ENDED:
            return True
        counts["runs_reconciled"] += 1
        self._end(batch, run, counts)
        return False

    def _another(self, in_flight: int, counts: "Counter[str]") -> bool:
        """Make and start one more batch, if there are photos for it; return whether it is in flight."""
        if in_flight >= self.batching.in_flight:
            return False
        now = self.clock()
        waiting = self.ledger.waiting(self.batching.most)
        take = batches.photos_to_take(waiting, self.batching, in_flight, now)
        if not take:
            return False
        batch = Batch(batches.batch_id(now, self.chance()), BatchState.CLAIMING, now)
        if not self.ledger.save(batch):
            return False
        return self._begun(batch, self.ledger.claim(waiting[:take], batch.batch_id), counts)

    def _begun(self, batch: Batch, photos: Sequence[LedgerPhoto], counts: "Counter[str]") -> bool:
        """Write the manifest of what was claimed, and start its first run; return whether it is in flight."""
        if not photos:
            counts["batches_abandoned"] += 1
            self.ledger.save(batch.moved(BatchState.ABANDONED))
            return False
        content = batches.manifest(batch.batch_id, photos)
        ready = batch.moved(
            BatchState.READY,
            photos=len(photos),
            size_bytes=sum(photo.upload.size_bytes for photo in photos),
            manifest_uri=self.manifests.write(batch.batch_id, content),
            manifest_sha256=hashlib.sha256(content).hexdigest(),
        )
        return self.ledger.save(ready) and self._start(ready, counts)

    def _start(self, batch: Batch, counts: "Counter[str]") -> bool:
        """Start a READY batch's next attempt; one that cannot be started now is tried again by the next submit."""
        size = sizing.size(batch.photos, self.capacity, self.batching)
        name = RunName(Kind.EXTRACT, batch.batch_id, batch.attempt)
        job = Job(name, ("--manifest", str(batch.manifest_uri)), size)
        try:
            run_id = self.runner.start(job, batches.token(str(batch.manifest_sha256), batch.attempt))
        except RetryLater:
            counts["start_later"] += 1
            return True  # it may well have started: its reply was lost
        run = Run(run_id, batch.attempt, "SUBMITTED", self.clock())
        if self.ledger.save(batch.moved(BatchState.RUNNING, runs=(*batch.runs, run))):
            counts["runs_started"] += 1
            counts["photos_submitted"] += batch.photos
        return True

    def _end(self, batch: Batch, run: JobRun, counts: "Counter[str]") -> None:
        started = batch.run.started_at
        ended = Run(run.run_id, batch.run.attempt, run.state, started, run.seconds, dict(run.billed), run.details)
        results = self._results(batch, counts) if run.state == "SUCCESS" else None
        if results is not None:
            self._complete(batch, ended, results, counts)
        elif ended.attempt < batches.ATTEMPTS:
            counts["batches_to_retry"] += 1
            self.ledger.save(batch.moved(BatchState.READY, **batch.with_run(ended)))
        else:
            counts["batches_quarantined"] += 1
            self._quarantine(batch, ended)

    def _results(self, batch: Batch, counts: "Counter[str]") -> dict[str, Result] | None:
        """Return the results by photo. Without any that can be read, a run has not succeeded, whatever it says."""
        try:
            written = self.manifests.results(batch.batch_id)
            if written is not None:
                return {result.photo_id: result for result in decode(written)}
        except ValueError:
            pass
        counts["results_unreadable"] += 1
        return None

    def _complete(self, batch: Batch, run: Run, results: Mapping[str, Result], counts: "Counter[str]") -> None:
        """Photos first, the batch last: a call that is cut short is repeated, and finds the rest."""
        photos = {photo.upload.photo_id: photo for photo in self.ledger.photos_of(batch.batch_id)}
        settled = list(_settled(photos, results))
        self.ledger.settle(batch.batch_id, settled, self.clock())
        tally = Counter(result.outcome for result in results.values())
        if self.ledger.save(batch.moved(BatchState.DONE, **batch.with_run(run), counts=dict(tally))):
            counts["batches_done"] += 1
            counts.update({f"photos_{outcome}": number for outcome, number in tally.items()})
            counts["photos_released"] += sum(one.state is PhotoState.WAITING for one in settled)

    def _quarantine(self, batch: Batch, run: Run) -> None:
        photos = self.ledger.photos_of(batch.batch_id)
        gone = [Settled(photo.upload.photo_id, PhotoState.QUARANTINED) for photo in photos]
        self.ledger.settle(batch.batch_id, gone, self.clock())
        self.ledger.save(batch.moved(BatchState.QUARANTINED, **batch.with_run(run)))


def _settled(photos: Mapping[str, LedgerPhoto], results: Mapping[str, Result]) -> Iterator[Settled]:
    """Say what becomes of each photo. One that the run knows nothing of was claimed too late: it waits again."""
    for photo_id, photo in photos.items():
        result = results.get(photo_id)
        patient = photo.releases < batches.RELEASES
        if result is None:
            yield Settled(photo_id, PhotoState.WAITING if patient else PhotoState.QUARANTINED)
        elif result.outcome == FEATURES:
            yield Settled(photo_id, PhotoState.DONE, FEATURES, result.label)
        elif patient and Rejection(result.outcome).retryable:
            yield Settled(photo_id, PhotoState.WAITING, result.outcome, result.label)
        else:
            yield Settled(photo_id, PhotoState.REJECTED, result.outcome, result.label)
