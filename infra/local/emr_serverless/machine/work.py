"""Carry out a run: stage its files, run it, keep its logs; try again where it may be tried again."""

import gzip
import logging
import shutil
from contextlib import suppress
from pathlib import Path

from ..rules import logs
from ..rules.ports import Clock, Cloud, Exit, Launch, MissingError, Runner
from ..rules.records import Attempt, Run
from ..rules.runs import AttemptOutcome, Runs
from ..rules.settings import EmulatorSettings
from ..rules.store import Store
from .command import command, environment
from .staging import stage

_DETAILS_AT_MOST = 256
_LOG = logging.getLogger(__name__)


class Work:
    """Carries out runs. Each call carries out one and needs its own thread."""

    def __init__(
        self, store: Store, runs: Runs, cloud: Cloud, runner: Runner, settings: EmulatorSettings, clock: Clock
    ) -> None:
        self._store, self._runs, self._cloud = store, runs, cloud
        self._runner, self._settings, self._clock = runner, settings, clock

    def carry_out(self, run: Run) -> None:
        """Try until the run has succeeded, or may not be tried again."""
        again = True
        while again:
            attempt = run.attempts[-1]
            try:
                outcome = self._try(run, attempt)
            except Exception as error:  # noqa: BLE001 - a run must end, whatever goes wrong here
                _LOG.exception("job run %s", run.run_id)
                outcome = AttemptOutcome(
                    False, f"Internal error: {error!r}"[:_DETAILS_AT_MOST], worth_another_try=False
                )
            with self._store.changed:
                again = self._runs.end_attempt(run, outcome)

    def _try(self, run: Run, attempt: Attempt) -> AttemptOutcome:
        folder = self._settings.scratch / run.run_id / str(attempt.number)
        work, kept = folder / "work", folder / "logs"
        for path in (work, kept):
            path.mkdir(parents=True)
        try:
            launch = self._prepare(run, work, kept)
            with self._store.changed:
                process = self._runs.start_process(run, lambda: self._runner.start(launch))
            end = process.wait() if process else Exit(0)
            self._keep_logs(run, attempt, launch)
            return _outcome(end, launch)
        except MissingError as error:
            return AttemptOutcome(False, f"Job failed, {error}"[:_DETAILS_AT_MOST])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _prepare(self, run: Run, work: Path, kept: Path) -> Launch:
        owner = run.application.owner
        job = stage(run.job, self._settings, work, lambda uri, target: self._cloud.fetch(owner, uri, target))
        return Launch(
            command(self._settings, job),
            environment(self._settings, run.job, owner.account, owner.region, work),
            work,
            kept / "stdout",
            kept / "stderr",
        )

    def _keep_logs(self, run: Run, attempt: Attempt, launch: Launch) -> None:
        """Write both logs to where the run wants them. A missing bucket does not fail the run."""
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


def _outcome(end: Exit, launch: Launch) -> AttemptOutcome:
    if end.from_outside:
        return AttemptOutcome(False, "The machine that ran the job went down.", worth_another_try=False)
    if end.code == 0:
        return AttemptOutcome(True)
    details = (
        "Job failed, please check complete logs in configured logging destination. "
        f"ExitCode: {end.code}. Last few exceptions: {_last_words(launch)}"
    )
    return AttemptOutcome(False, details[:_DETAILS_AT_MOST])


def _last_words(launch: Launch) -> str:
    """Return the last line that names an error; from standard output first: Spark prints Python's tracebacks there."""
    for path in (launch.stdout, launch.stderr):
        lines = path.read_text(errors="replace").splitlines()
        errors = [line.strip() for line in lines if "Error" in line or "Exception" in line]
        if errors:
            return errors[-1]
    return "none"
