"""The real process runner: each job under a supervisor, which lives no longer than this process does."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ..rules.ports import Exit, Launch

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class SupervisedProcess:
    """A job and its supervisor. To lose the pipe to it is to stop it, so the pipe is kept here."""

    def __init__(self, supervisor: subprocess.Popen[bytes]) -> None:
        self._supervisor = supervisor

    def wait(self) -> Exit:
        """Return when nothing of the job is left."""
        code = self._supervisor.wait()
        if self._supervisor.stdin is not None:
            with suppress(OSError):
                self._supervisor.stdin.close()
        return Exit(code, from_outside=code < 0)

    def stop(self, grace_seconds: float) -> None:
        """Have it end; the first call decides on the grace."""
        pipe = self._supervisor.stdin
        if pipe is not None and not pipe.closed:
            with suppress(OSError):  # it has ended already
                pipe.write(f"{grace_seconds}\n".encode())
                pipe.close()


class SupervisedRunner:
    """Starts jobs."""

    def start(self, launch: Launch) -> SupervisedProcess:
        """Start a job with its output in files. Raises OSError when the supervisor cannot be started."""
        with launch.stdout.open("wb") as stdout, launch.stderr.open("wb") as stderr:
            return SupervisedProcess(
                subprocess.Popen(  # noqa: S603 - to run what the request says is what this service is for
                    [sys.executable, "-I", "-S", str(_SUPERVISOR), *launch.command],
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=stderr,
                    env=dict(launch.environment),
                    cwd=launch.folder,
                )
            )
