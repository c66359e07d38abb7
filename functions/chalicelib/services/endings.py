"""Record the ends of batches' runs in the ledger, and decide what each batch does next."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.domain import attempts
from chalicelib.domain.attempts import Next, Verdict
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.counts import Counts, EndingCount, PhotoCount, of_verdict
from chalicelib.domain.photo_counts import QUARANTINED
from chalicelib.domain.records import Batch, LedgerPhoto, LedgerRun
from chalicelib.domain.states import BatchState, PhotoState
from chalicelib.services.photos import results_of, settlement
from chalicelib.services.ports import ENDED, Clock, JobRun, JobRunner, Ledger, ManifestStore, Reports
from contracts.errors import RetryLater
from contracts.photos.results import Result

BILLS_A_MINUTE = 5
"""How many batches' bills one `submit` asks for."""
BILL_WITHIN = timedelta(hours=24)
"""How long a missing bill is asked for, from when the run was asked for: it may wait 6 hours in the queue and work for
12, and its bill comes minutes later. A run that never worked gets none."""
TRIES = 5
"""How often a change of the breaker is tried while other changes come first."""


@dataclass(frozen=True, slots=True)
class Endings:
    """The use cases around the ends of batches' runs. Each may be repeated: recording an end twice changes nothing."""

    ledger: Ledger
    manifests: ManifestStore
    reports: Reports
    runner: JobRunner
    clock: Clock

    def record_end(self, run: JobRun, counts: Counts) -> None:
        """Record a run's end. The same end again, or the end of an earlier attempt, changes nothing.

        Raises:
            RetryLater: the ledger or the store did not answer. Calling again finishes the work.
        """
        batch = None if run.name is None else self.ledger.batch(run.name.subject)
        if batch is None or not _awaits(batch, run):
            counts[EndingCount.RUN_NOT_AWAITED] += 1
        elif run.state not in ENDED:
            counts[EndingCount.RUN_NOT_ENDED] += 1
        elif batch.state is BatchState.RUNNING:
            self.end(batch, run, counts)
        else:  # the start's reply was lost; the event names the run
            running = started(batch, run.run_id, self.clock())
            if self.ledger.save(running):
                self.end(running, run, counts)

    def end(self, batch: Batch, run: JobRun, counts: Counts) -> Batch | None:
        """Record the end of a RUNNING batch's run. Return the changed batch; None if another change came first."""
        ended = _ended_run(run, batch.run)
        results = self._results(batch, counts) if run.state == "SUCCESS" else None
        if results is not None:
            return self._complete(batch, ended, results, counts)
        found = Verdict.FAILED if run.state == "SUCCESS" else self._verdict(run)
        trusted = not self.ledger.breaker().open
        then = attempts.after_end(batch, found, trusted, self.clock())
        moved = self._move(replace(batch, runs=(*batch.runs[:-1], ended)), then, counts)
        if moved is not None:  # else another one has counted this end
            counts[of_verdict(found.name)] += 1
        if moved is not None and found is not Verdict.NO_CAPACITY:
            self.change_breaker(lambda breaker: breaker.after_failure(batch.batch_id, self.clock()))
        return moved

    def record_vanished(self, batch: Batch, counts: Counts) -> Batch | None:
        """Record a run that the service does not know as failed. Return the batch, as `end` does.

        This happens when a stack is created again over an existing ledger.
        """
        counts[EndingCount.RUNS_VANISHED] += 1
        details = "the service knows of no such run"
        return self.end(batch, JobRun(batch.run.run_id, None, "FAILED", details, None, {}), counts)

    def record_refusal(self, batch: Batch, reason: str, counts: Counts) -> None:
        """Record that the service refused to start a READY batch: the batch waits, or goes into quarantine."""
        counts[EndingCount.START_REFUSED] += 1
        then = attempts.after_refusal(batch, reason, not self.ledger.breaker().open, self.clock())
        if self._move(batch, then, counts) is not None:
            self.change_breaker(lambda breaker: breaker.after_failure(batch.batch_id, self.clock()))

    def change_breaker(self, changed: Callable[[Breaker], Breaker]) -> None:
        """Change the breaker. When another change comes first, read it again and retry.

        Raises:
            RetryLater: other changes came first `TRIES` times.
        """
        for _ in range(TRIES):
            if self.ledger.keep_breaker(changed(self.ledger.breaker())):
                return
        raise RetryLater("ledger: the breaker changes too fast")

    def ask_for_bills(self, counts: Counts) -> None:
        """Ask for the bills of runs that had none when they ended: a bill comes minutes later."""
        for batch in self.ledger.unbilled(BILLS_A_MINUTE):
            runs = tuple(run if run.billed is not None else self._ask_for_bill(run) for run in batch.runs)
            if runs != batch.runs and self.ledger.save(batch.changed(runs=runs)):
                counts[EndingCount.BILLS_FOUND] += 1

    def _ask_for_bill(self, run: LedgerRun) -> LedgerRun:
        found = self.runner.get_run(run.run_id)
        if found is not None and found.billed is not None:
            return replace(run, billed=dict(found.billed), seconds=found.seconds)
        none_comes = found is None or self.clock() - run.started_at > BILL_WITHIN
        return replace(run, billed={}) if none_comes else run

    def _verdict(self, run: JobRun) -> Verdict:
        closing = None if run.name is None else self.reports.closing(run.name)
        return attempts.verdict(run.details, closing)

    def _move(self, batch: Batch, then: Next, counts: Counts) -> Batch | None:
        state = BatchState.QUARANTINED if then.quarantined else BatchState.READY
        changed = batch.changed if batch.state is state else partial(batch.moved, state)
        moved = self._save(changed(**then.facts))
        if moved is not None:
            counts[EndingCount.BATCHES_QUARANTINED if then.quarantined else EndingCount.BATCHES_TO_RETRY] += 1
        return moved

    def _save(self, batch: Batch) -> Batch | None:
        return batch if self.ledger.save(batch) else None

    def _results(self, batch: Batch, counts: Counts) -> dict[str, Result] | None:
        """Return the results by photo id; None if there are none to read, and then the run did not succeed."""
        found = results_of(self.manifests, batch.batch_id)
        if found is None:
            counts[EndingCount.RESULTS_UNREADABLE] += 1
        return found

    def _complete(self, batch: Batch, run: LedgerRun, results: Mapping[str, Result], counts: Counts) -> Batch | None:
        """Let the batch be DONE, and at the same moment those of its photos wait that are to be tried again."""
        settled = [settlement(one, results.get(one.upload.photo_id)) for one in self.ledger.photos_of(batch.batch_id)]
        again = [one for one in settled if one.state is PhotoState.WAITING]
        tally = Counter(result.outcome for result in results.values() if result.row_written)
        stranded = Counter({QUARANTINED: sum(one.state is PhotoState.QUARANTINED for one in settled)})
        facts = {**batch.with_run(run), "counts": dict(tally + stranded), "reason": ""}
        done = batch.moved(BatchState.DONE, **facts)
        if self.ledger.save(done, again, self.clock()):
            counts[EndingCount.BATCHES_DONE] += 1
            counts.update({PhotoCount(f"photos_{outcome}"): number for outcome, number in tally.items()})
            counts.upload_to_row += waits(settled, self.clock())
            counts[PhotoCount.RELEASED] += len(again)
            if self.ledger.breaker().failed:
                self.change_breaker(Breaker.after_success)
            return done
        return None


def started(batch: Batch, run_id: str, now: datetime) -> Batch:
    """Return a READY batch as RUNNING, with the run that works on it."""
    run = LedgerRun(run_id, batch.attempt, "SUBMITTED", now)
    return batch.moved(BatchState.RUNNING, runs=(*batch.runs, run), not_before=None, refusals=0, reason="")


def waits(settled: Iterable[LedgerPhoto], now: datetime) -> list[float]:
    """Return how many seconds each photo that has a row now waited for it, since its upload."""
    final = (PhotoState.DONE, PhotoState.REJECTED)
    return [(now - one.upload.uploaded_at).total_seconds() for one in settled if one.state in final]


def _ended_run(run: JobRun, begun: LedgerRun) -> LedgerRun:
    billed = None if run.billed is None else dict(run.billed)
    return replace(begun, run_id=run.run_id, state=run.state, seconds=run.seconds, billed=billed, details=run.details)


def _awaits(batch: Batch, run: JobRun) -> bool:
    """Return whether the batch waits for this run: by its id, or by its name while the id is unknown."""
    if batch.state is BatchState.RUNNING:
        return batch.run.run_id == run.run_id
    return batch.state is BatchState.READY and run.name is not None and run.name.attempt == batch.attempt
