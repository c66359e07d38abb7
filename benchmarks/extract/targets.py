"""What the extract job should reach, and what of it a set of runs shows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A speed, in times that of another arm: the median over the rounds in which both ran."""

    what: str
    arm: str
    base: str
    target: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """A peak of memory, in MB, or in times that of another arm."""

    what: str
    arm: str
    base: str | None
    target: float


AT_LEAST = (
    AtLeast("224 fp32, share of the floor", "ours", "floor", 0.90),
    AtLeast("160 int8, share of its floor", "ours-160-int8", "floor-160-int8", 0.80),
    AtLeast("cold, process start to commit, share of the floor", "ours-cold", "floor", 0.75),
    AtLeast("through the local cloud, share of the floor", "ours-cloud", "floor", 0.70),
    AtLeast("times Daft", "ours", "daft", 1.05),
    AtLeast("times Ray Data", "ours", "ray", 1.15),
    AtLeast("times predict_batch_udf", "ours", "predict_batch_udf", 1.0),
    AtLeast("224 fp32, times the brief's way", "ours", "brief", 2.0),
    AtLeast("224 int8, times the brief's way", "ours-224-int8", "brief", 4.0),
    AtLeast("through the local cloud, times Daft", "ours-cloud", "daft-cloud", 1.0),
    AtLeast("through the local cloud, times Ray Data", "ours-cloud", "ray-cloud", 1.0),
    AtLeast("50 ms later GETs, share of the speed without", "ours-s3-50ms", "ours-s3-0ms", 0.90),
    AtLeast("12 MP JPEG, times the brief's way", "ours-12mp", "brief-12mp", 3.5),
    AtLeast("12 MP JPEG, times Ray Data", "ours-12mp", "ray-12mp", 3.2),
    AtLeast("12 MP JPEG, times Daft", "ours-12mp", "daft-12mp", 3.2),
)
AT_MOST = (
    AtMost("peak memory of a Python worker, MB", "ours", None, 500),
    AtMost("peak memory at 20,000 photos, times that at 1,000", "ours-20000-photos", "ours-1000-photos", 1.10),
    AtMost("12 MP JPEG, peak memory of a Python worker, MB", "ours-12mp", None, 500),
    AtMost("12 MP HEIC, peak memory of a Python worker, MB", "ours-heic", None, 500),
    AtMost("12 MP JPEG, peak memory, times that at 24 photos", "ours-12mp", "ours-12mp-24-photos", 1.10),
)


def ratios(runs: Sequence[Run], arm: str, base: str) -> list[float]:
    """Return an arm's speed in times its base's, round by round: only where both ran in one round."""
    mine, theirs = (
        {run["round"]: run["images"] / run["seconds"] for run in runs if run["arm"] == name} for name in (arm, base)
    )
    return [mine[number] / theirs[number] for number in mine if number in theirs]


def reached(runs: Sequence[Run], arms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each target that the runs say something about, beside what was measured."""
    found = []
    for least in AT_LEAST:
        if each := ratios(runs, least.arm, least.base):
            met = median(each) >= least.target
            found.append({"what": least.what, "at_least": least.target, **_spread(each), "met": met})
    for most in AT_MOST:
        if most.arm in arms and (most.base is None or most.base in arms):
            peak = arms[most.arm]["peak_worker_mb"] / (arms[most.base]["peak_worker_mb"] if most.base else 1)
            found.append({"what": most.what, "at_most": most.target, **_spread([peak]), "met": peak <= most.target})
    return found


def _spread(each: Sequence[float]) -> dict[str, Any]:
    low, high = round(min(each), 3), round(max(each), 3)
    return {"measured": round(median(each), 3), "low": low, "high": high, "rounds": len(each)}
