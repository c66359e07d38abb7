"""Scheduled jobs: a schedule or a person fires, and at most one run starts; the end of a run enters the ledger."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import sizing
from chalicelib.domain.attempts import Verdict, verdict
from chalicelib.domain.batches import Batching
from chalicelib.domain.counts import OF_JOB, Counts, RunEventCount
from chalicelib.domain.plans import ATTEMPTS, RunPlan, TriggerOutcome
from chalicelib.domain.records import LedgerRun, ScheduledJob
from chalicelib.domain.sizing import Capacity
from chalicelib.domain.states import JobState
from chalicelib.services.ports import ENDED, Clock, Job, JobLedger, JobRun, JobRunner, Reports
from contracts.errors import GiveUp, RetryLater
from contracts.jobs.names import Kind

Decide = Callable[[ScheduledJob | None], RunPlan | TriggerOutcome]
"""Decides on a run, when none is at work."""


@dataclass(frozen=True, slots=True)
class TriggerResult:
    """What a trigger came to, and the job as the ledger holds it then."""

    outcome: TriggerOutcome
    job: ScheduledJob | None

    def to_dict(self) -> dict[str, str | None]:
        """Return it as a handler answers: what came of it, and which run the ledger knows of, if any."""
        run = self.job.run if self.job else None
        name = str(self.job.name) if self.job else None
        return {"outcome": self.outcome, "run": name, "run_id": run.run_id if run else None}


@dataclass(frozen=True, slots=True)
class ScheduledJobs:
    """The use cases around scheduled jobs. Whatever stops them, the next trigger goes on from the ledger."""

    ledger: JobLedger
    reports: Reports
    runner: JobRunner
    clock: Clock
    capacity: Capacity
    batching: Batching

    def trigger(self, kind: Kind, decide: Decide, counts: Counts) -> TriggerResult:
        """Settle the last run if its event never came, finish a start that was cut short, or decide and start.

        Raises:
            RetryLater: something did not answer; the same call goes on.
            GiveUp: the start was refused; the next trigger asks anew.
        """
        result = self._trigger(self._settle(self.ledger.job(kind), counts), kind, decide, counts)
        counts[OF_JOB[kind][result.outcome.name]] += 1
        return result

    def record_end(self, run: JobRun, counts: Counts) -> None:
        """Bring a run's end into the ledger. The same end again, or one of an earlier attempt, changes nothing."""
        job = None if run.name is None else self.ledger.job(run.name.kind)
        if job is None or not _awaits(job, run):
            counts[OF_JOB[job.kind].RUN_NOT_AWAITED if job else RunEventCount.JOB_RUN_NOT_AWAITED] += 1
        elif run.state not in ENDED:
            counts[OF_JOB[job.kind].RUN_NOT_ENDED] += 1
        else:
            self._end(job, run, counts)

    def _trigger(self, job: ScheduledJob | None, kind: Kind, decide: Decide, counts: Counts) -> TriggerResult:
        if job is not None and job.state is JobState.RUNNING:
            return TriggerResult(TriggerOutcome.RUNNING, job)
        if job is not None and job.state is JobState.STARTING:
            return TriggerResult(TriggerOutcome.STARTED_AGAIN, self._start(job, counts))
        planned = decide(job)
        if isinstance(planned, TriggerOutcome):
            return TriggerResult(planned, job)
        begun = ScheduledJob(kind, JobState.STARTING, planned) if job is None else job.again(planned)
        if not self.ledger.keep(begun):
            return TriggerResult(TriggerOutcome.OVERTAKEN, self.ledger.job(kind))
        return TriggerResult(TriggerOutcome.STARTED, self._start(begun, counts))

    def _settle(self, job: ScheduledJob | None, counts: Counts) -> ScheduledJob | None:
        """Ask for a run whose event may never come: delivery is best effort. Return the job as it is then."""
        if job is None or job.run is None:
            return job
        if job.state is not JobState.RUNNING:
            return self._ask_for_bill(job) if job.run.billed is None else job
        run = self.runner.get_run(job.run.run_id)
        if run is None:  # a stack made anew over a kept ledger
            counts[OF_JOB[job.kind].RUN_VANISHED] += 1
            run = JobRun(job.run.run_id, job.name, "FAILED", "the service knows of no such run", None, {})
        elif run.state not in ENDED:
            return job
        else:
            counts[OF_JOB[job.kind].RUN_RECONCILED] += 1
        return self._end(job, run, counts) or self.ledger.job(job.kind)

    def _ask_for_bill(self, job: ScheduledJob) -> ScheduledJob:
        """Ask again for the bill of a run that had none when it ended; by its next trigger there is one, or none."""
        run = job.run and self.runner.get_run(job.run.run_id)
        billed = {} if not run or run.billed is None else dict(run.billed)
        changed = job.changed(run=job.run and replace(job.run, billed=billed))
        return changed if self.ledger.keep(changed) else self.ledger.job(job.kind) or job

    def _start(self, job: ScheduledJob, counts: Counts) -> ScheduledJob:
        """Start a STARTING job's run. The same request is the same run, so a start may be asked for again and again."""
        size = sizing.scheduled_size(job.kind, job.plan.rows, self.capacity, self.batching)
        try:
            run_id = self.runner.start(Job(job.name, job.plan.arguments, size))
        except RetryLater:
            counts[OF_JOB[job.kind].START_LATER] += 1  # it may well have started: its reply was lost
            raise
        except GiveUp:
            # No run: the next trigger is an attempt of its own, under another token.
            counts[OF_JOB[job.kind].START_REFUSED] += 1
            self.ledger.keep(job.moved(JobState.FAILED))
            raise
        running = _running(job, run_id, self.clock())
        if self.ledger.keep(running):
            counts[OF_JOB[job.kind].RUN_STARTED] += 1
        return running

    def _end(self, job: ScheduledJob, run: JobRun, counts: Counts) -> ScheduledJob | None:
        """Keep the end of a job's run, and return the job; None if somebody else was faster."""
        if job.state is JobState.STARTING:  # the start's reply was lost, and here is its run
            job = _running(job, run.run_id, self.clock())
            if not self.ledger.keep(job):
                return None
        started = job.run.started_at if job.run else self.clock()
        billed = None if run.billed is None else dict(run.billed)
        last = LedgerRun(run.run_id, job.attempt, run.state, started, run.seconds, billed, run.details)
        succeeded = run.state == "SUCCESS"
        state, failures = (JobState.DONE, 0) if succeeded else (JobState.FAILED, self._failures(job, run, counts))
        ended = job.moved(state, run=last, failures=failures)
        if not self.ledger.keep(ended):
            return None
        names = OF_JOB[job.kind]
        counts[names.DONE if succeeded else names.FAILED] += 1
        return ended

    def _failures(self, job: ScheduledJob, run: JobRun, counts: Counts) -> int:
        """Count the end of a run that was no success: what says nothing about the job uses up none of its attempts."""
        found = verdict(run.details, self.reports.closing(job.name))
        counts[OF_JOB[job.kind][found.name]] += found is not Verdict.FAILED  # the failure itself is counted in any case
        if found in (Verdict.LATER, Verdict.NO_CAPACITY):
            return job.failures
        return ATTEMPTS if found is Verdict.GAVE_UP else job.failures + 1


def _running(job: ScheduledJob, run_id: str, now: datetime) -> ScheduledJob:
    return job.moved(JobState.RUNNING, run=LedgerRun(run_id, job.attempt, "SUBMITTED", now))


def _awaits(job: ScheduledJob, run: JobRun) -> bool:
    """Say whether the job waits for this run: by its id, or by its name while the id is not known."""
    if job.state is JobState.RUNNING:
        return job.run is not None and job.run.run_id == run.run_id
    return job.state is JobState.STARTING and job.name == run.name
