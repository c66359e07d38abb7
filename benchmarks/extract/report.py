"""From runs to results: pure, but for `machine` and `versions`, which look at where they are."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.extract.suite import ARMS
from benchmarks.extract.targets import reached

Run = Mapping[str, Any]
VERSIONS = ("pyspark", "ai-edge-litert", "tensorflow-cpu", "obstore", "pillow", "pillow-heif", "numpy")


def merged(earlier: Sequence[Run], new: Sequence[Run], day: str) -> dict[str, Any]:
    """Return what `results.json` holds: all rounds, each arm's medians, and each target beside what was reached.

    The runs of an arm that was measured again replace its earlier ones: they are of another program, or another day.
    """
    again = {run["arm"] for run in new}
    runs = [run for run in earlier if run["arm"] not in again and run["arm"] in ARMS] + list(new)
    by_arm = {name: [run for run in runs if run["arm"] == name] for name in ARMS}
    arms = {name: _arm(found) for name, found in by_arm.items() if found}
    return {
        "arms": arms,
        "targets": reached(runs, arms),
        "machine": machine(),
        "versions": {name: version(name) for name in VERSIONS},
        "date": day,
        "runs": runs,
    }


def speed(run: Run) -> float:
    """Return photos per second of a run's last pass."""
    return float(run["images"] / run["seconds"])


def _arm(runs: Sequence[Run]) -> dict[str, Any]:
    speeds = [speed(run) for run in runs]
    cosines = [run["cosine_min"] for run in runs if run["cosine_min"] is not None]
    return {
        "set": ARMS[runs[0]["arm"]].set,
        "photos": runs[-1]["images"],
        "mean_mb": round(runs[-1]["mean_mb"], 4),
        "rounds": len(runs),
        "images_per_second": round(median(speeds), 1),
        "images_per_second_range": [round(min(speeds), 1), round(max(speeds), 1)],
        "cpu_seconds_per_image": round(median(run["cpu"] for run in runs), 5),
        "peak_worker_mb": max(run["peak_mb"] for run in runs),
        "first_commit": {
            "photos": runs[-1]["first_commit"]["photos"],
            "seconds": round(median(run["first_commit"]["seconds"] for run in runs), 1),
        },
        "cosine_min": round(min(cosines), 6) if cosines else None,
    }


def machine() -> str:
    """Describe the processor and the memory."""
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores of {names[0] if names else platform.processor()}, {memory:.0f} GB"
