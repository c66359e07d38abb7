"""What happens without a request: states settle, runs get their turn, time runs out. One thread, asleep meanwhile."""

import threading
from datetime import datetime

from .applications import Applications
from .ports import Clock
from .records import Application
from .runs import Runs
from .scheduler import Admit, Expire, Queue, Refuse, Waiting, deadlines, decide
from .states import ApplicationState, RunState
from .store import Store
from .submission import timeout_minutes

A = ApplicationState
_SETTLES = {A.CREATING: A.CREATED, A.STARTING: A.STARTED, A.STOPPING: A.STOPPED}
TIMED_OUT = "Job run exceeded executionTimeoutMinutes."


class Ticker:
    """Does for every application what is due. `minute_seconds` is how long a minute of the settings lasts."""

    def __init__(
        self, store: Store, applications: Applications, runs: Runs, clock: Clock, minute_seconds: float
    ) -> None:
        self._store, self._applications, self._runs = store, applications, runs
        self._clock, self._minute = clock, minute_seconds
        self._stopped = False
        self._thread = threading.Thread(target=self._tick, name="emr-serverless-ticker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread: no run gets its turn any more."""
        with self._store.changed:
            self._stopped = True
            self._store.changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _tick(self) -> None:
        with self._store.changed:
            while not self._stopped:
                due = self.advance()
                self._store.changed.wait(None if due is None else max(0.0, due - self._clock().timestamp()))

    def advance(self) -> float | None:
        """Do what is due now; return when something is due next (seconds since 1970), None when nothing is."""
        now = self._clock()
        due: list[float] = []
        for application in list(self._store.applications.values()):
            self._settle(application)
            if application.state == A.STARTED:
                due += self._give_turns(application, now) + self._end_overdue(application, now)
                due += self._rest(application, now)
        return min(due, default=None)

    def _settle(self, application: Application) -> None:
        if application.state in _SETTLES:
            self._applications.move(application, _SETTLES[application.state])
        asleep = application.state in (A.CREATED, A.STOPPED)
        if asleep and application.waiting() and application.settings["autoStartConfiguration"]["enabled"]:
            self._applications.start(application)
            self._settle(application)

    def _give_turns(self, application: Application, now: datetime) -> list[float]:
        limits = application.limits(self._minute)
        for decision in decide(limits, application.occupied(), _waiting(application), now.timestamp()):
            run = application.runs[decision.run_id]
            match decision:
                case Admit(executors=executors):
                    self._runs.admit(run, executors)
                case Queue():
                    self._runs.queue(run)
                case Refuse(reason=reason):
                    self._runs.refuse(run, reason)
                case Expire(reason=reason):
                    self._runs.give_up(run, reason)
        return deadlines(limits, _waiting(application))

    def _end_overdue(self, application: Application, now: datetime) -> list[float]:
        due = []
        for run in application.runs.values():
            minutes = timeout_minutes(run.request)
            if run.state == RunState.RUNNING and run.started_at and minutes:
                deadline = run.started_at.timestamp() + minutes * self._minute
                if now.timestamp() >= deadline:
                    self._runs.give_up(run, TIMED_OUT)
                else:
                    due.append(deadline)
        return due

    def _rest(self, application: Application, now: datetime) -> list[float]:
        stop = application.settings["autoStopConfiguration"]
        if application.is_busy() or not stop["enabled"]:
            return []
        deadline = application.idle_since.timestamp() + stop["idleTimeoutMinutes"] * self._minute
        if now.timestamp() < deadline:
            return [deadline]
        self._applications.stop(application)
        self._settle(application)
        return []


def _waiting(application: Application) -> list[Waiting]:
    return [
        Waiting(run.run_id, run.workers, run.queued_at.timestamp() if run.queued_at else None)
        for run in application.waiting()
    ]
