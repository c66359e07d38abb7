"""Stands between the local cloud and a job, so that nothing of the job outlives either. A script of its own.

    python supervisor.py COMMAND...

It runs the command in a session of its own and ends with its exit code (128 + n where signal n ended it). A line on
standard input, a number of seconds, stops the job with that grace; the end of input, which is what the death of the
parent looks like from here, stops it at once. Whatever of the session is left in the end is killed: PySpark's workers
leave the job's process group, but not its session.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.02
_PROC = Path("/proc")


def members(session: int) -> list[int]:
    """Return the processes of a session that still live; where there is no /proc, its leader's group stands for it."""
    if not _PROC.exists():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(session, 0)
            return [-session]
        return []
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                # pid (name, which may hold anything) state parent group session …
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return found


def tell(session: int, number: int) -> bool:
    """Send a signal to all of a session; return whether there was anybody."""
    pids = members(session)
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    return bool(pids)


def stop(session: int, grace_seconds: float) -> None:
    """End a session: ask, wait, then force, until nobody is left."""
    deadline = time.monotonic() + grace_seconds
    if grace_seconds > 0:
        tell(session, signal.SIGTERM)
        while members(session) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_SECONDS)
    while tell(session, signal.SIGKILL):
        time.sleep(_LOOK_EVERY_SECONDS)


def _listen(session: int) -> None:
    line = sys.stdin.readline()
    stop(session, float(line or 0))


def main(command: list[str]) -> int:
    """Run the command to its end and return its exit code; 127 when it cannot be started."""
    told = threading.Event()
    started: list[int] = []

    def pass_on(*_: object) -> None:
        told.set()
        for session in started:
            stop(session, 0)

    signal.signal(signal.SIGTERM, pass_on)  # before the job exists: told to end at any moment, we pass it on
    try:
        job = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our task
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
        return 127
    started.append(job.pid)
    if told.is_set():
        stop(job.pid, 0)
    threading.Thread(target=_listen, args=(job.pid,), daemon=True).start()
    code = job.wait()
    stop(job.pid, 0)
    if told.is_set():  # say so by the way we end: it was not the job that failed
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
