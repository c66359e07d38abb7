"""From runs to results: pure, but for `machine` and `versions`, which look at where they are."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.extract.suite import ARMS

Run = Mapping[str, Any]


def results(runs: Sequence[Run], day: date) -> dict[str, Any]:
    """Fold all runs into what `results.json` holds: medians of each arm, and each target beside what was reached."""
    arms = {name: _arm([run for run in runs if run["arm"] == name]) for name in ARMS}
    arms = {name: arm for name, arm in arms.items() if arm}
    return {
        "arms": arms,
        "targets": [target for target in _targets(runs, arms) if target["measured"] is not None],
        "machine": machine(),
        "versions": {
            name: version(name) for name in ("pyspark", "ai-edge-litert", "tensorflow-cpu", "obstore", "numpy")
        },
        "date": day.isoformat(),
    }


def _arm(runs: Sequence[Run]) -> dict[str, Any]:
    if not runs:
        return {}
    cosines = [run["cosine_min"] for run in runs if run["cosine_min"] is not None]
    colds = [run["images"] / run["cold"] for run in runs]
    return {
        "images_per_second": round(median(_warm(run) for run in runs), 1),
        "images_per_second_cold": round(median(colds), 1),
        "cpu_seconds_per_image": round(median(run["cpu"] for run in runs), 5),
        "peak_worker_mb": max(run["peak_mb"] for run in runs),
        "cosine_min": round(min(cosines), 6) if cosines else None,
        "passes": sum(len(run["warm"]) or 1 for run in runs),
    }


def _warm(run: Run) -> float:
    """Return photos per second of a run's warm passes; of its cold one, if it has no other."""
    seconds = run["warm"] or [run["cold"]]
    return float(run["images"] * len(seconds) / sum(seconds))


def share(runs: Sequence[Run], arm: str, base: str) -> float | None:
    """Return the median over rounds of an arm's speed over its base's, each beside the one measured next to it."""
    ours, theirs = ([_warm(run) for run in runs if run["arm"] == name] for name in (arm, base))
    if not ours or not theirs:
        return None
    return median(mine / theirs[min(number, len(theirs) - 1)] for number, mine in enumerate(ours))


def _targets(runs: Sequence[Run], arms: Mapping[str, Any]) -> list[dict[str, Any]]:
    def beside(what: str, arm: str, base: str, at_least: float) -> dict[str, Any]:
        reached = share(runs, arm, base)
        met = reached is not None and reached >= at_least
        return {"what": what, "target": at_least, "measured": reached and round(reached, 3), "met": met}

    def at_most(what: str, measured: float | None, limit: float) -> dict[str, Any]:
        rounded = None if measured is None else round(measured, 3)
        return {"what": what, "target": -limit, "measured": rounded, "met": measured is not None and measured <= limit}

    peaks = {name: arms[name]["peak_worker_mb"] for name in arms}
    return [
        beside("warm, 224 fp32, share of the floor", "ours", "floor", 0.90),
        beside("warm, 160 int8, share of its floor", "ours-160-int8", "floor-160-int8", 0.80),
        beside("through the local cloud, share of the floor", "ours-cloud", "floor", 0.70),
        beside("cold, process start to commit, share of the floor", "ours-cold", "floor", 0.60),
        beside("224 fp32, times the brief's way", "ours", "brief", 2.0),
        beside("224 int8, times the brief's way", "ours-224-int8", "brief", 4.0),
        beside("times predict_batch_udf", "ours", "predict_batch_udf", 1.0),
        beside("times Ray Data", "ours", "ray", 1.0),
        beside("times Daft", "ours", "daft", 1.0),
        beside("50 ms later GETs, share of the speed without", "ours-s3-50ms", "ours-s3-0ms", 0.90),
        at_most("peak memory of a Python worker, MB", peaks.get("ours"), 500),
        at_most("peak memory at 20,000 photos, times that at 1,000", _growth(peaks), 1.10),
    ]


def _growth(peaks: Mapping[str, float]) -> float | None:
    few, many = peaks.get("ours-1000-photos"), peaks.get("ours-20000-photos")
    return many / few if few and many else None


def machine() -> str:
    """Describe the processor and the memory."""
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores of {names[0] if names else platform.processor()}, {memory:.0f} GB"


def markdown(found: Mapping[str, Any]) -> str:
    """Write `RESULTS.md`: arms, targets and what they were measured with."""
    rows = [
        f"| {name} | {arm['images_per_second']} | {arm['images_per_second_cold']} | "
        f"{1000 * arm['cpu_seconds_per_image']:.1f} | {arm['peak_worker_mb']} | {_or_dash(arm['cosine_min'])} |"
        for name, arm in found["arms"].items()
    ]
    reached = [
        f"| {target['what']} | {'≥' if target['target'] > 0 else '≤'} {abs(target['target']):g} "
        f"| {target['measured']} | {'met' if target['met'] else '**missed**'} |"
        for target in found["targets"]
    ]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return "\n".join(
        [
            "# The extract job beside its peers",
            "",
            f"Written by `make bench-extract` on {found['date']}: {found['machine']}; {versions}. 5,240 photos of",
            "fruits360, the same bytes and weights for all. The arms, and where the time goes: [README](README.md).",
            "",
            "![images per second, warm and cold](plot.png)",
            "",
            "| arm | images/s warm | cold | CPU ms per image | peak MB per worker | lowest cosine to its floor |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "| target | at least / most | measured | |",
            "| --- | --- | --- | --- |",
            *reached,
            "",
        ]
    )


def _or_dash(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
