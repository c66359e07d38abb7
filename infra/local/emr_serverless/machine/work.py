"""Carry out a run: stage its files, run it, keep its logs; try again where it may be tried again.

The run's files and logs are read and written with the credentials of its role, as on the service.
"""

import gzip
import logging
import shutil
from contextlib import suppress
from pathlib import Path

from ..rules import logs
from ..rules.ports import Caller, Clock, Cloud, Exit, Launch, MissingError, RefusedError, Runner
from ..rules.records import Attempt, Run
from ..rules.runs import AttemptOutcome, Runs
from ..rules.settings import EmulatorSettings
from ..rules.store import Store
from .access import Access
from .command import command, environment
from .spark_home import link_spark
from .staging import stage

_DETAILS_AT_MOST = 256
_LOG = logging.getLogger(__name__)


class Work:
    """Carries out runs. Each call carries out one and needs its own thread."""

    def __init__(
        self,
        store: Store,
        runs: Runs,
        cloud: Cloud,
        runner: Runner,
        access: Access,
        settings: EmulatorSettings,
        clock: Clock,
    ) -> None:
        self._store, self._runs, self._cloud = store, runs, cloud
        self._runner, self._access, self._settings, self._clock = runner, access, settings, clock

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
            with self._access.opened(run) as token:
                return self._run(run, attempt, token, folder)
        except RefusedError as error:
            role = run.request["executionRoleArn"]
            return AttemptOutcome(False, f"Could not assume execution role {role}: {error}"[:_DETAILS_AT_MOST])
        except MissingError as error:
            return AttemptOutcome(False, f"Job failed, {error}"[:_DETAILS_AT_MOST])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _run(self, run: Run, attempt: Attempt, token: str, folder: Path) -> AttemptOutcome:
        launch = self._prepare(run, token, folder / "work", folder / "logs")
        with self._store.changed:
            process = self._runs.start_process(run, lambda: self._runner.start(launch))
        end = process.wait() if process else Exit(0)
        self._keep_logs(run, attempt, launch, self._access.caller(run, token))
        return _outcome(end, launch)

    def _prepare(self, run: Run, token: str, work: Path, kept: Path) -> Launch:
        settings = self._settings.of(run.application.settings["releaseLabel"])
        if settings.missing:
            raise MissingError(settings.missing)
        job = stage(run.job, settings, work, self._cloud.objects(self._access.caller(run, token)))
        variables = environment(settings, run.job, self._access.variables(token, work), work)
        if settings.executors_apart:
            variables |= link_spark(settings.spark_submit, work / "spark-home")
        return Launch(command(settings, job, run.workers), variables, work, kept / "stdout", kept / "stderr")

    def _keep_logs(self, run: Run, attempt: Attempt, launch: Launch, caller: Caller) -> None:
        """Write both logs to where the run wants them. Where that is not possible, the run does not fail."""
        for stream, path in zip(logs.STREAMS, (launch.stdout, launch.stderr), strict=True):
            if not path.exists():
                continue
            location = logs.s3_location(run, attempt.number, stream)
            if location:
                with suppress(MissingError):
                    self._cloud.store(caller, location.bucket, location.key, gzip.compress(path.read_bytes()))
            target = logs.log_stream(run, attempt.number, stream)
            if target:
                with suppress(MissingError):
                    self._cloud.log(caller, *target, path.read_text(errors="replace"), self._clock())


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
