"""What the machine gives: memory, processors, disk, and how long this process has been there."""

import os
import shutil
from pathlib import Path

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_NO_LIMIT = 1 << 60
"""cgroup v1 writes about 2^63 where there is no limit, v2 the word `max`."""


def memory_limit(files: tuple[Path, ...] = _LIMITS) -> int | None:
    """Return the limit of this container in bytes; None where it has none, or does not say."""
    for file in files:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < _NO_LIMIT:
            return int(text)
    return None


def memory() -> dict[str, int | None]:
    """Return bytes: the limit of this container, and what the machine has; and the processors that may be used."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"limit_bytes": memory_limit(), "machine_bytes": pages, "processors": len(os.sched_getaffinity(0))}


def disk(folder: Path) -> dict[str, int]:
    """Return bytes: free and in all, where `folder` lies."""
    usage = shutil.disk_usage(folder)
    return {"free_bytes": usage.free, "total_bytes": usage.total}


def process_age(stat: str, uptime: str, ticks: int) -> float:
    """Return the age of a process in seconds, from /proc/self/stat, /proc/uptime and the ticks of a second. Pure."""
    started = int(stat.rpartition(")")[2].split()[19])  # field 22 of proc(5); a name before it may hold blanks
    return round(float(uptime.split()[0]) - started / ticks, 3)


def jars(folder: Path) -> list[str] | None:
    """Return the names of the jars in a folder, sorted; None where there is no such folder."""
    return sorted(path.name for path in folder.glob("*.jar")) if folder.is_dir() else None
