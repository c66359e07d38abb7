"""The operations on job runs, and the changes of state that follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .billing import bill
from .errors import ValidationError
from .events import Event, run_changed, run_retried, utilization
from .ports import Clock, Ids, Process
from .records import Application, Attempt, Run
from .states import TERMINAL, RunState, check_run_move
from .store import Store
from .submission import new_run
from .workers import Workers

R = RunState
_GRACE_SECONDS = (15, 1800)
_STREAMING_GRACE_SECONDS = 120
_FAILED_ATTEMPTS_PER_HOUR = 5


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How an attempt ended. `worth_another_try` is False where the machine failed, not the job."""

    succeeded: bool
    details: str = ""
    worth_another_try: bool = True


class Runs:
    """Starts and cancels runs, and moves them between states; callers hold `store.changed`.

    `carry_out` takes a scheduled run and carries it out in another thread; it returns at once.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        publish: Callable[[Event], None],
        carry_out: Callable[[Run], None],
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._publish, self._carry_out = publish, carry_out
        self._processes: dict[str, Process] = {}

    def start(self, application: Application, request: Mapping[str, Any]) -> Run:
        """Submit a run, or return the one that this token has submitted. Raises ValidationError, ConflictError."""
        scope = (application.owner, application.application_id, "run")
        known = self._store.seen(scope, request)
        if known:
            return application.runs[known]
        run = new_run(application, self._ids(), request, self._clock())
        application.runs[run.run_id] = run
        self._store.remember(scope, request, run.run_id)
        self._store.changed.notify_all()
        return run

    def cancel(self, run: Run, grace_seconds: int | None) -> None:
        """Cancel a run on request. Raises ValidationError for one that has ended.

        Source of the grace: User Guide, "Job run cancellation with grace period".
        """
        low, high = _GRACE_SECONDS
        if grace_seconds not in (None, 0) and not low <= (grace_seconds or 0) <= high:
            raise ValidationError(f"shutdownGracePeriodInSeconds must be 0, or between {low} and {high}")
        if run.state in TERMINAL:
            raise ValidationError(f"Job run {run.run_id} is {run.state}: it is not in a cancellable state")
        default = _STREAMING_GRACE_SECONDS if run.mode == "STREAMING" else 0
        self.give_up(run, "Job run was cancelled by CancelJobRun.", default if grace_seconds is None else grace_seconds)

    def give_up(self, run: Run, why: str, grace_seconds: float = 0) -> None:
        """Begin to cancel a run; one that is being cancelled stays so."""
        if run.state == R.CANCELLING:
            return
        self._move(run, R.CANCELLING, why)
        if not run.attempts:  # no thread carries it out
            self._move(run, R.CANCELLED, why)
        elif run.run_id in self._processes:
            self._processes[run.run_id].stop(grace_seconds)

    def queue(self, run: Run) -> None:
        """Let a run wait in the queue."""
        run.queued_at = self._clock()
        self._move(run, R.QUEUED)

    def refuse(self, run: Run, why: str) -> None:
        """Fail a run without an attempt."""
        self._move(run, R.FAILED, why)

    def admit(self, run: Run, executors: int) -> None:
        """Give a run its workers and begin to carry it out."""
        run.workers = Workers(run.workers.driver, run.workers.executor, executors)
        self._begin_attempt(run)
        self._carry_out(run)

    def start_process(self, run: Run, start: Callable[[], Process]) -> Process | None:
        """Start the process of a scheduled run; None where it was cancelled meanwhile. Raises OSError."""
        if run.state != R.SCHEDULED:
            return None
        process = self._processes[run.run_id] = start()
        now = self._clock()
        run.attempts[-1].started_at = now
        run.started_at = run.started_at or now
        self._move(run, R.RUNNING)
        return process

    def end_attempt(self, run: Run, outcome: AttemptOutcome) -> bool:
        """Record how the attempt ended; return whether another one is to be carried out."""
        self._processes.pop(run.run_id, None)
        attempt, now = run.attempts[-1], self._clock()
        attempt.ended_at = now
        if run.state == R.CANCELLING:
            self._move(run, R.CANCELLED, run.details)
        elif outcome.succeeded:
            self._move(run, R.SUCCESS)
        elif outcome.worth_another_try and self._may_try_again(run, now):
            attempt.state, attempt.details, attempt.updated_at = R.FAILED, outcome.details, now
            self._begin_attempt(run)
            self._publish(run_retried(run, attempt, run.attempts[-1], created_by(run)))
            return True
        else:
            self._move(run, R.FAILED, outcome.details)
        return False

    def abandon_all(self) -> list[Process]:
        """Cancel every run; return the processes that are about to end."""
        for application in self._store.applications.values():
            for run in application.runs.values():
                if run.state not in TERMINAL:
                    self.give_up(run, "The local cloud was reset or went down.")
        return list(self._processes.values())

    def _begin_attempt(self, run: Run) -> None:
        now = self._clock()
        run.attempts.append(Attempt(len(run.attempts) + 1, now, now))
        self._move(run, R.PENDING)
        self._move(run, R.SCHEDULED)

    def _may_try_again(self, run: Run, now: datetime) -> bool:
        if run.mode != "STREAMING":
            return len(run.attempts) < run.max_attempts
        most = run.request.get("retryPolicy", {}).get("maxFailedAttemptsPerHour", _FAILED_ATTEMPTS_PER_HOUR)
        lately = [one for one in run.attempts if one.ended_at and now - one.ended_at < timedelta(hours=1)]
        return len(lately) < int(most)

    def _move(self, run: Run, state: RunState, details: str = "") -> None:
        check_run_move(run.state, state)
        previous, now = run.state, self._clock()
        run.state, run.details, run.updated_at = state, details, now
        if previous == R.QUEUED:
            run.left_queue_at = now
        if run.attempts:
            attempt = run.attempts[-1]
            attempt.state, attempt.details, attempt.updated_at = state, details, now
        self._publish(run_changed(run, previous, created_by(run)))
        if state in TERMINAL:
            run.ended_at = run.application.idle_since = now
            used, billed = bill(run)
            self._publish(utilization(run, used.as_response(), billed.as_response()))
        self._store.changed.notify_all()


def created_by(run: Run) -> str:
    """Return the ARN of who started a run: the local cloud knows accounts, not users."""
    return f"arn:aws:iam::{run.application.owner.account}:root"
