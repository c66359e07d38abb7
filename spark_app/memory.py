"""The peak memory of this process."""

import re
import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb(status: Path = _STATUS) -> int:
    """Return this program's peak resident memory in MB of 1024² bytes, without that of a JVM that started it.

    This is VmHWM of proc(5). An exec resets it, and a fork starts it at the memory that both processes share. On Linux
    getrusage(2) does not serve: ru_maxrss survives an exec, so a small program reports the peak of the large one that
    started it.
    """
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2  # macOS: in bytes, and not inherited
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) // 1024 if found else 0
