"""Processes that outlive the command that started them: recognise them again, and end them with all they started."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

_GRACE_SECONDS = 5.0


def launch(command: Sequence[str], environment: Mapping[str, str], log: Path) -> psutil.Process:
    """Start a process that lives on when we end, in a session of its own: Ctrl-C in our terminal is not for it.

    Its output goes to `log`. Not by subprocess.Popen, which warns of every process that is meant to live on.
    """
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), write, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return psutil.Process(os.posix_spawn(command[0], list(command), environment, file_actions=actions, setsid=True))


def alive(pid: int, born: float) -> psutil.Process | None:
    """Return the process that had this pid at this birth (seconds since 1970), if it still runs.

    A pid alone proves nothing: after a reboot, or a long while, it belongs to somebody else.
    """
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - born) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def end(process: psutil.Process, grace_seconds: float = _GRACE_SECONDS) -> None:
    """End a process and its descendants: ask first, insist after a grace, and return when they are gone."""
    family = [process]
    with suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)  # now: who loses its parent is no longer found
    _tell(family, psutil.Process.terminate)
    _, stubborn = psutil.wait_procs(family, timeout=grace_seconds)
    for member in stubborn:  # they may have started more while they were asked
        with suppress(psutil.NoSuchProcess):
            stubborn = [*stubborn, *member.children(recursive=True)]
    _tell(stubborn, psutil.Process.kill)
    psutil.wait_procs(stubborn, timeout=grace_seconds)


def listener(port: int) -> str:
    """Name who listens on a TCP port, for an error message; some systems tell only an administrator."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            here = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if here and connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another program"


def _tell(family: Sequence[psutil.Process], what: Callable[[psutil.Process], None]) -> None:
    for member in family:
        with suppress(psutil.NoSuchProcess):
            what(member)
