"""How much memory this process ever held."""

import re
import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb(status: Path = _STATUS) -> int:
    """Return the largest resident memory of this program, in MB of 1024² bytes; a JVM that started it is not counted.

    That is VmHWM of proc(5), which an exec begins anew and a fork begins at what the two then share. getrusage(2) will
    not do on Linux: an exec keeps its ru_maxrss, so that a small program has the peak of the large one that started it.
    """
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2  # macOS: bytes, and nothing handed down
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) // 1024 if found else 0
