"""Show what a function's call prints with that call, and not with the next one.

ministack 1.5.33 takes a call's lines until none has come for 5 milliseconds. Its worker printed them before it
answered, so they lie in the pipe by then; but under load the thread that reads the pipe may need longer.
"""

import fcntl
import struct
import termios
import time
from collections.abc import Callable
from typing import Any

_IN_THE_PIPE = 0.001
_WITHIN = 10.0
_IN_THE_THREAD: dict[str, float] = {"first_line_wait": 0.1, "idle_confirm": 0.05, "hard_cap": 2.0}


def keep_last_lines(worker: Any) -> None:
    """Change ministack's class of workers in place. To do it twice changes nothing more."""
    taken = worker._drain_stderr_bounded
    if not hasattr(taken, "reads_to_the_end"):
        worker._drain_stderr_bounded = reading_to_the_end(taken, time.sleep)


def reading_to_the_end(taken: Callable[..., str], pause: Callable[[float], None]) -> Callable[..., str]:
    """Return `taken`, which takes the lines that were read, begun only when the pipe of a worker holds none.

    `pause`: waits for so many seconds.
    """

    def take(worker: Any, **waits: float) -> str:
        for _ in range(int(_WITHIN / _IN_THE_PIPE)):
            if not _unread(worker):
                break
            pause(_IN_THE_PIPE)
        return taken(worker, **{**_IN_THE_THREAD, **waits})

    take.reads_to_the_end = True  # type: ignore[attr-defined]
    return take


def _unread(worker: Any) -> int:
    """Return how many bytes the pipe holds; none for a worker that has been put away."""
    process = worker._proc
    if process is None or process.stderr is None or process.stderr.closed:
        return 0
    (count,) = struct.unpack("i", fcntl.ioctl(process.stderr.fileno(), termios.FIONREAD, bytes(4)))
    return int(count)
