"""Stand between the local cloud and a job, so that no process of the job outlives either. A script of its own.

    python supervisor.py COMMAND...

It runs the command in a new session and ends with its exit code (128 + n where signal n ended it). A line on standard
input, a number of seconds, stops the job with that grace; the end of input, as when the parent dies, stops it at once.
In the end it kills what is left of the session: PySpark's workers leave the job's process group, but not its session.
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
    """Return the pids of a session's live processes; without /proc, minus the pid of its leader's group."""
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


def send_signal(session: int, number: int) -> bool:
    """Send a signal to all processes of a session; return whether there were any."""
    pids = members(session)
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    return bool(pids)


def stop(session: int, grace_seconds: float) -> None:
    """End a session: terminate, wait, then kill, until no process is left."""
    deadline = time.monotonic() + grace_seconds
    if grace_seconds > 0:
        send_signal(session, signal.SIGTERM)
        while members(session) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_SECONDS)
    while send_signal(session, signal.SIGKILL):
        time.sleep(_LOOK_EVERY_SECONDS)


def _listen(session: int) -> None:
    line = sys.stdin.readline()
    stop(session, float(line or 0))


def main(command: list[str]) -> int:
    """Run the command to its end and return its exit code; 127 when it cannot be started."""
    stopping = threading.Event()
    started: list[int] = []

    def stop_job(*_: object) -> None:
        stopping.set()
        for session in started:
            stop(session, 0)

    signal.signal(signal.SIGTERM, stop_job)  # before the job starts: SIGTERM may come at any moment
    try:
        job = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our task
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
        return 127
    started.append(job.pid)
    if stopping.is_set():
        stop(job.pid, 0)
    threading.Thread(target=_listen, args=(job.pid,), daemon=True).start()
    code = job.wait()
    stop(job.pid, 0)
    if stopping.is_set():  # end by the signal, which says that the job did not fail
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
