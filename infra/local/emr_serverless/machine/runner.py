"""Run each job under a supervisor, which ends with this process."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ..rules.ports import Exit, Launch

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class SupervisedProcess:
    """A job and its supervisor. Closing the pipe to the supervisor stops the job, so this object holds the pipe."""

    def __init__(self, supervisor: subprocess.Popen[bytes]) -> None:
        self._supervisor = supervisor

    def wait(self) -> Exit:
        """Wait until no process of the job is left."""
        code = self._supervisor.wait()
        if self._supervisor.stdin is not None:
            with suppress(OSError):
                self._supervisor.stdin.close()
        return Exit(code, from_outside=code < 0)

    def stop(self, grace_seconds: float) -> None:
        """Stop the job. Later calls cannot change the grace period (seconds)."""
        pipe = self._supervisor.stdin
        if pipe is not None and not pipe.closed:
            with suppress(OSError):  # the job has ended already
                pipe.write(f"{grace_seconds}\n".encode())
                pipe.close()


class SupervisedRunner:
    """Starts jobs."""

    def start(self, launch: Launch) -> SupervisedProcess:
        """Start a job that prints into files. Raises OSError where the supervisor cannot be started."""
        with launch.stdout.open("wb") as stdout, launch.stderr.open("wb") as stderr:
            return SupervisedProcess(
                subprocess.Popen(  # noqa: S603 - this service runs what the request says
                    [sys.executable, "-I", "-S", str(_SUPERVISOR), *launch.command],
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=stderr,
                    env=dict(launch.environment),
                    cwd=launch.folder,
                )
            )
