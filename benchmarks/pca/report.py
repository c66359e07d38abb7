"""From runs to results (pure, but for the kept variances that `results` reads)."""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.extract.report import machine

Run = Mapping[str, Any]
NAMES = {
    "ours_full": "ours, full",
    "before_full": "ours, full, the build before",
    "ours_published": "ours, full, to the published version",
    "before_published": "the build before, to the published version",
    "ours_percent": "ours, incremental, 1 % new rows",
    "ours_few": "ours, incremental, 400 new rows",
    "spark_ml": "pyspark.ml PCA",
    "sklearn_covariance_eigh": "scikit-learn, covariance_eigh",
    "sklearn_full": "scikit-learn, full (the reference)",
    "sklearn_incremental": "scikit-learn, IncrementalPCA",
}


def results(runs: Sequence[Run], kept: Path, day: date) -> dict[str, Any]:
    """Fold all runs into what `results.json` holds."""
    sizes = sorted({run["rows"] for run in runs if run["rows"]})
    arms = {str(rows): _arms([run for run in runs if run["rows"] == rows], kept, rows) for rows in sizes}
    peaks = [run for run in runs if run["arm"] == "peak"]
    return {
        "arms": arms,
        "ranges": {rows: _ranges([run for run in runs if run["rows"] == int(rows)]) for rows in arms},
        "read_seconds": {
            str(rows): _middle(
                [run["seconds"]["reading"] for run in runs if (run["arm"], run["rows"]) == ("read", rows)]
            )
            for rows in sizes
        },
        "gflops": peaks[-1]["gflops"] if peaks else {},
        "targets": _targets(arms),
        "blas": peaks[-1]["blas"] if peaks else "",
        "machine": machine(),
        "versions": {name: version(name) for name in ("pyspark", "scikit-learn", "numpy", "pyarrow")},
        "date": day.isoformat(),
    }


def _middle(values: Sequence[float]) -> float | None:
    return round(median(values), 2) if values else None


def _ranges(runs: Sequence[Run]) -> dict[str, list[float]]:
    """Return the least and the most seconds of each arm."""
    found = {name: [fit_seconds(run) for run in runs if run["arm"] == name] for name in NAMES}
    return {name: [round(min(values), 2), round(max(values), 2)] for name, values in found.items() if values}


def _arms(runs: Sequence[Run], kept: Path, rows: int) -> dict[str, Any]:
    found = {}
    for name in NAMES:
        mine = [run for run in runs if run["arm"] == name]
        if mine:
            found[name] = {
                "fit_seconds": _middle([fit_seconds(run) for run in mine]),
                "reading_seconds": _middle([reading_seconds(run) for run in mine]),
                "rest_seconds": _middle([fit_seconds(run) - reading_seconds(run) for run in mine]),
                "driver_mb": round(max(run["driver_mb"] for run in mine)),
                "worker_mb": round(max(run["worker_mb"] for run in mine)),
                "cpu_seconds": _middle([run["cpu_seconds"] for run in mine]),
                "runs": len(mine),
                "difference": _difference(kept, name, rows),
            }
    return found


def fit_seconds(run: Run) -> float:
    """Return seconds from the table to the model. Of ours: moments and eigenvectors; of a peer: reading and fit.

    Of the arms that publish: to the published version.
    """
    seconds = run["seconds"]
    if "published" in seconds:
        return float(seconds["published"])
    return float(seconds["moments"] + seconds["eigenvectors"] if "moments" in seconds else sum(seconds.values()))


def reading_seconds(run: Run) -> float:
    """Return the seconds of reading; of an arm that publishes those of measuring, which read the rows."""
    seconds = run["seconds"]
    return float(seconds["reading"] if "reading" in seconds else seconds["measure"])


def _difference(kept: Path, name: str, rows: int) -> float | None:
    """Return the largest relative difference of any variance to the reference's; None where the rows are others.

    `pyspark.ml` gives shares of the variance: they are compared with the reference's shares.
    """
    kind = "shares" if name == "spark_ml" else "variances"
    mine, reference = kept / f"variances-{name}-{rows}.npy", kept / f"{kind}-sklearn_full-{rows}.npy"
    if name in ("ours_few", "ours_percent") or not mine.exists() or not reference.exists():
        return None
    found, expected = np.load(mine), np.load(reference)
    if found.shape != expected.shape:
        return None
    return float(np.max(np.abs(found / expected - 1)))


def _targets(arms: Mapping[str, Any]) -> list[dict[str, Any]]:
    sizes = list(arms)
    found = [target for size in sizes for target in _beside(f"{int(size):,} rows", arms[size])]
    for small, large in pairwise(sizes):
        found += _growth(arms[small], arms[large], int(large) / int(small), f"{int(small):,} to {int(large):,} rows")
    return found


_TIMES = (
    ("before_full", "ours_full", "times the build before, table to model", 2.5),
    ("spark_ml", "ours_full", "times pyspark.ml, table to model", 10.0),
    ("sklearn_covariance_eigh", "ours_full", "times scikit-learn's covariance solver, table to model", 1.0),
    ("before_published", "ours_published", "times the build before, table to published version", 2.0),
)
"""Of two arms, by how much the second should be faster; asked for at 200,000 rows."""


def _beside(rows: str, arms: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for theirs, ours, what, least in _TIMES:
        if theirs in arms and ours in arms:
            times = arms[theirs]["fit_seconds"] / arms[ours]["fit_seconds"]
            found.append(_target(f"{rows}: {what}", times, least, at_least=True))
    if "ours_full" in arms:
        found.append(_target(f"{rows}: driver's memory beyond the JVM, MB", arms["ours_full"]["driver_mb"], 500))
        found.append(_target(f"{rows}: a worker's memory, MB", arms["ours_full"]["worker_mb"], 500))
    return found


def _growth(small: Mapping[str, Any], large: Mapping[str, Any], times: float, span: str) -> list[dict[str, Any]]:
    found = []
    if "ours_full" in small and "ours_full" in large:
        per_row = large["ours_full"]["fit_seconds"] / small["ours_full"]["fit_seconds"] / times
        memory = large["ours_full"]["driver_mb"] / small["ours_full"]["driver_mb"]
        found += [
            _target(f"{span}: seconds a row, large over small (linear: 1)", per_row, 1.2),
            _target(f"{span}: driver's memory, large over small", memory, 1.2),
        ]
    for name in ("ours_percent", "ours_few"):
        if name in small and name in large:
            rest = large[name]["rest_seconds"] / small[name]["rest_seconds"]
            whole = large[name]["fit_seconds"] / small[name]["fit_seconds"]
            found.append(_target(f"{NAMES[name]}: reading apart, large over small", rest, 1.2))
            if name == "ours_few":
                found.append(_target(f"{NAMES[name]}: reading too, large over small", whole, 1.2))
    return found


def _target(what: str, measured: float, limit: float, at_least: bool = False) -> dict[str, Any]:
    met = measured >= limit if at_least else measured <= limit
    return {"what": what, "limit": f"{'≥' if at_least else '≤'} {limit:g}", "measured": round(measured, 2), "met": met}
