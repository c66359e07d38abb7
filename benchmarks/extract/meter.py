"""Run an arm and meter its whole process tree: CPU over time, and each process's peak memory."""

import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

LIMIT_SECONDS = 900.0
"""The slowest arm takes a third of it; one that waits for itself must not hold up all others."""
EVERY_SECONDS = 0.25  # a process that ends between two looks loses at most this much of its CPU


@dataclass
class Metered:
    """What one run of an arm did. `said` is its last JSON line, `said_at` when it came (seconds since 1970)."""

    started: float
    said: dict[str, Any] = field(default_factory=dict)
    said_at: float = 0.0
    cpu: list[tuple[float, float]] = field(default_factory=list)
    peak_mb: dict[int, float] = field(default_factory=dict)
    """Highest resident memory of each Python process but the arm's own, in MB; of that one, if it has no other."""

    def cpu_seconds(self, start: float, end: float) -> float:
        """Return CPU seconds of the whole tree between two moments."""
        return self._cpu_at(end) - self._cpu_at(start)

    def _cpu_at(self, moment: float) -> float:
        return max((total for when, total in self.cpu if when <= moment), default=0.0)


def run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Metered:
    """Run to the end.

    Raises:
        RuntimeError: the arm failed or said nothing; the message names its log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    metered = Metered(time.time())
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        watch = threading.Thread(target=_watch, args=(psutil.Process(process.pid), metered))
        watch.start()
        for line in process.stdout or ():
            if line.startswith("{"):
                metered.said, metered.said_at = json.loads(line), time.time()
        watch.join()
    if process.wait() != 0 or not metered.said:
        raise RuntimeError(f"{' '.join(command[:4])} … ended with {process.returncode}: see {log}")
    return metered


def _watch(root: psutil.Process, metered: Metered) -> None:
    spent: dict[int, float] = {}
    alone, others = 0.0, metered.peak_mb
    while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
        for process in _tree(root):
            try:
                times, memory, name = process.cpu_times(), process.memory_info().rss / 1e6, process.cmdline()[:1]
            except psutil.Error:
                continue
            spent[process.pid] = times.user + times.system
            if process.pid == root.pid:
                alone = max(alone, memory)
            elif name and ("python" in name[0] or name[0].startswith("ray::")):
                others[process.pid] = max(others.get(process.pid, 0.0), memory)
        metered.cpu.append((time.time(), sum(spent.values())))
        if time.time() - metered.started > LIMIT_SECONDS:
            with suppress(psutil.Error):
                for process in reversed(_tree(root)):
                    process.kill()
        time.sleep(EVERY_SECONDS)
    if not others:
        others[root.pid] = alone


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []
