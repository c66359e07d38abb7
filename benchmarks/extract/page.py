"""Write `RESULTS.md` of the results."""

from collections.abc import Mapping
from typing import Any

from benchmarks.extract.photo_sets import SETS

HEAD = (
    "| arm | images/s | min to max | rounds | CPU ms per image | peak MB per worker | first commit "
    "| lowest cosine to its floor |"
)


def markdown(found: Mapping[str, Any]) -> str:
    """Return the page: targets, then the arms of each set, and what they were measured with."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    lines = [
        "# The extract job beside its peers",
        "",
        f"Written by `make bench-extract` on {found['date']}: {found['machine']}; {versions}. The same bytes",
        "and weights for all, one Iceberg commit each; the arms, and where the time goes: [README](README.md).",
        "All rounds: `results.json`.",
        "",
        "![images per second, set by set](plot.png)",
        "",
        "A ratio is taken in each round, of runs next to each other; its median, and the least and the most.",
        "",
        "| target | at least / most | measured | min to max | rounds | |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_target, found["targets"]),
        "",
    ]
    for name, photo_set in SETS.items():
        arms = {arm: figures for arm, figures in found["arms"].items() if figures["set"] == name}
        if arms:
            lines += _table(photo_set.title, arms)
    return "\n".join(lines)


def _table(title: str, arms: Mapping[str, Any]) -> list[str]:
    least = min(arm["photos"] for arm in arms.values())
    most = max(arm["photos"] for arm in arms.values())
    whole = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    size = next(iter(arms.values()))["mean_mb"]
    weight = f"{size:.1f} MB" if size > 1 else f"{1000 * size:.0f} KB"
    rows = [_row(name, arm) for name, arm in arms.items()]
    return [f"## {title}", "", f"{whole} photos of {weight} in the mean.", "", HEAD, "|" + " --- |" * 8, *rows, ""]


def _row(name: str, arm: Mapping[str, Any]) -> str:
    low, high = arm["images_per_second_range"]
    first = arm["first_commit"]
    cosine = "" if arm["cosine_min"] is None else f"{arm['cosine_min']:.6f}"
    return (
        f"| {name} | {arm['images_per_second']} | {low} to {high} | {arm['rounds']} "
        f"| {1000 * arm['cpu_seconds_per_image']:.1f} | {arm['peak_worker_mb']} "
        f"| {first['seconds']} s, {first['photos']:,} photos | {cosine} |"
    )


def _target(target: Mapping[str, Any]) -> str:
    bound = f"≥ {target['at_least']:g}" if "at_least" in target else f"≤ {target['at_most']:g}"
    spread = f"{target['low']} to {target['high']}" if target["rounds"] > 1 else ""
    met = "met" if target["met"] else "**missed**"
    return f"| {target['what']} | {bound} | {target['measured']} | {spread} | {target['rounds']} | {met} |"
