"""Carry out a run: bring its files, run it, keep its logs, and again if it may be tried again."""

import gzip
import logging
import shutil
from contextlib import suppress
from pathlib import Path

from ..rules import logs
from ..rules.ports import Clock, Cloud, Exit, Launch, MissingError, Runner
from ..rules.records import Attempt, Run
from ..rules.runs import Outcome, Runs
from ..rules.settings import Settings
from ..rules.store import Store
from .command import command, environment
from .staging import staged

_DETAILS_AT_MOST = 256
_LOG = logging.getLogger(__name__)


class Work:
    """Carries out runs, one call a run; each call needs a thread of its own."""

    def __init__(
        self, store: Store, runs: Runs, cloud: Cloud, runner: Runner, settings: Settings, clock: Clock
    ) -> None:
        self._store, self._runs, self._cloud = store, runs, cloud
        self._runner, self._settings, self._clock = runner, settings, clock

    def carry_out(self, run: Run) -> None:
        """Try until it has succeeded, or may not be tried again."""
        again = True
        while again:
            attempt = run.attempts[-1]
            try:
                outcome = self._try(run, attempt)
            except Exception as error:  # noqa: BLE001 - a run must end, whatever goes wrong here
                _LOG.exception("job run %s", run.run_id)
                outcome = Outcome(False, f"Internal error: {error!r}"[:_DETAILS_AT_MOST], worth_another_try=False)
            with self._store.changed:
                again = self._runs.ended(run, outcome)

    def _try(self, run: Run, attempt: Attempt) -> Outcome:
        folder = self._settings.scratch / run.run_id / str(attempt.number)
        work, kept = folder / "work", folder / "logs"
        for path in (work, kept):
            path.mkdir(parents=True)
        try:
            launch = self._prepare(run, work, kept)
            with self._store.changed:
                process = self._runs.running(run, lambda: self._runner.start(launch))
            end = process.wait() if process else Exit(0)
            self._keep_logs(run, attempt, launch)
            return _outcome(end, launch)
        except MissingError as error:
            return Outcome(False, f"Job failed, {error}"[:_DETAILS_AT_MOST])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _prepare(self, run: Run, work: Path, kept: Path) -> Launch:
        owner = run.application.owner
        job = staged(run.job, self._settings, work, lambda uri, target: self._cloud.fetch(owner, uri, target))
        return Launch(
            command(self._settings, job),
            environment(self._settings, run.job, owner.account, owner.region, work),
            work,
            kept / "stdout",
            kept / "stderr",
        )

    def _keep_logs(self, run: Run, attempt: Attempt, launch: Launch) -> None:
        """Write both logs to where the run wants them. A bucket that is not there does not fail the run."""
        owner = run.application.owner
        for stream, path in zip(logs.STREAMS, (launch.stdout, launch.stderr), strict=True):
            if not path.exists():
                continue
            location = logs.s3_location(run, attempt.number, stream)
            if location:
                with suppress(MissingError):
                    self._cloud.store(owner, location.bucket, location.key, gzip.compress(path.read_bytes()))
            target = logs.log_stream(run, attempt.number, stream)
            if target:
                self._cloud.log(owner, *target, path.read_text(errors="replace"), self._clock())


def _outcome(end: Exit, launch: Launch) -> Outcome:
    if end.from_outside:
        return Outcome(False, "The machine that ran the job went down.", worth_another_try=False)
    if end.code == 0:
        return Outcome(True)
    details = (
        "Job failed, please check complete logs in configured logging destination. "
        f"ExitCode: {end.code}. Last few exceptions: {_last_words(launch)}"
    )
    return Outcome(False, details[:_DETAILS_AT_MOST])


def _last_words(launch: Launch) -> str:
    """Return the last line that names an error; first from standard output, where Spark puts Python's tracebacks."""
    for path in (launch.stdout, launch.stderr):
        lines = path.read_text(errors="replace").splitlines()
        said = [line.strip() for line in lines if "Error" in line or "Exception" in line]
        if said:
            return said[-1]
    return "none"
