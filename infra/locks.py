"""A lock between the processes of one machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a file for the length of a `with`; wait while another process holds it.

    Creates the file and its folder. The lock ends with its process, so a crash leaves no lock behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
