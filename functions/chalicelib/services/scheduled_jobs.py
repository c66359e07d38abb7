"""Scheduled jobs: start at most one run when a schedule or a person triggers, and record the run's end."""

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
"""Decides whether a run is needed. It is asked only while no run is at work."""


@dataclass(frozen=True, slots=True)
class TriggerResult:
    """The result of a trigger, and the job as the ledger then has it."""

    outcome: TriggerOutcome
    job: ScheduledJob | None

    def to_dict(self) -> dict[str, str | None]:
        """Return a handler's answer: the outcome, and the name and id of the job's latest run, if any."""
        run = self.job.run if self.job else None
        name = str(self.job.name) if self.job else None
        return {"outcome": self.outcome, "run": name, "run_id": run.run_id if run else None}


@dataclass(frozen=True, slots=True)
class ScheduledJobs:
    """The use cases around scheduled jobs. If one stops anywhere, the next trigger continues from the ledger."""

    ledger: JobLedger
    reports: Reports
    runner: JobRunner
    clock: Clock
    capacity: Capacity
    batching: Batching

    def trigger(self, kind: Kind, decide: Decide, counts: Counts) -> TriggerResult:
        """Start a run, if one is needed and none is at work.

        First it settles a last run whose event was lost, and finishes a start that was cut short.

        Raises:
            RetryLater: a service did not answer. Calling again continues.
            GiveUp: the service refused the start. The next trigger asks again, under another token.
        """
        result = self._trigger(self._settle(self.ledger.job(kind), counts), kind, decide, counts)
        counts[OF_JOB[kind][result.outcome.name]] += 1
        return result

    def record_end(self, run: JobRun, counts: Counts) -> None:
        """Record a run's end. The same end again, or the end of an earlier attempt, changes nothing.

        Raises:
            RetryLater: the ledger or the store did not answer. Calling again finishes the work.
        """
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
        """Get a RUNNING job's run from the service, because its event may be lost. Return the job as it is then."""
        if job is None or job.run is None:
            return job
        if job.state is not JobState.RUNNING:
            return self._ask_for_bill(job) if job.run.billed is None else job
        run = self.runner.get_run(job.run.run_id)
        if run is None:  # the stack was created again over an existing ledger
            counts[OF_JOB[job.kind].RUN_VANISHED] += 1
            run = JobRun(job.run.run_id, job.name, "FAILED", "the service knows of no such run", None, {})
        elif run.state not in ENDED:
            return job
        else:
            counts[OF_JOB[job.kind].RUN_RECONCILED] += 1
        return self._end(job, run, counts) or self.ledger.job(job.kind)

    def _ask_for_bill(self, job: ScheduledJob) -> ScheduledJob:
        """Ask once more for the bill of an ended run, and record an empty bill if there is still none."""
        run = job.run and self.runner.get_run(job.run.run_id)
        billed = {} if not run or run.billed is None else dict(run.billed)
        changed = job.changed(run=job.run and replace(job.run, billed=billed))
        return changed if self.ledger.keep(changed) else self.ledger.job(job.kind) or job

    def _start(self, job: ScheduledJob, counts: Counts) -> ScheduledJob:
        """Start a STARTING job's run. The same request is the same run, so a start may be repeated."""
        size = sizing.scheduled_size(job.kind, job.plan.rows, self.capacity, self.batching)
        try:
            run_id = self.runner.start(Job(job.name, job.plan.arguments, size))
        except RetryLater:
            counts[OF_JOB[job.kind].START_LATER] += 1  # the reply was lost; the run may have started
            raise
        except GiveUp:
            # The next trigger is another attempt, under another token.
            counts[OF_JOB[job.kind].START_REFUSED] += 1
            self.ledger.keep(job.moved(JobState.FAILED))
            raise
        running = _running(job, run_id, self.clock())
        if self.ledger.keep(running):
            counts[OF_JOB[job.kind].RUN_STARTED] += 1
        return running

    def _end(self, job: ScheduledJob, run: JobRun, counts: Counts) -> ScheduledJob | None:
        """Record the end of a job's run. Return the changed job; None if another change came first."""
        if job.state is JobState.STARTING:  # the start's reply was lost; here is its run
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
        """Return the failures in a row after a run that did not succeed. Lack of capacity and `later` add none."""
        found = verdict(run.details, self.reports.closing(job.name))
        counts[OF_JOB[job.kind][found.name]] += found is not Verdict.FAILED  # FAILED itself is counted by the caller
        if found in (Verdict.LATER, Verdict.NO_CAPACITY):
            return job.failures
        return ATTEMPTS if found is Verdict.GAVE_UP else job.failures + 1


def _running(job: ScheduledJob, run_id: str, now: datetime) -> ScheduledJob:
    return job.moved(JobState.RUNNING, run=LedgerRun(run_id, job.attempt, "SUBMITTED", now))


def _awaits(job: ScheduledJob, run: JobRun) -> bool:
    """Return whether the job waits for this run: by its id, or by its name while the id is unknown."""
    if job.state is JobState.RUNNING:
        return job.run is not None and job.run.run_id == run.run_id
    return job.state is JobState.STARTING and job.name == run.name
