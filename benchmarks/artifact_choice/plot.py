"""Draw the paired differences with their intervals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.artifact_choice.candidates import CANDIDATE, REFERENCE
from benchmarks.artifact_choice.comparison import MARGIN
from benchmarks.artifact_choice.measures import MEASURES

COLOURS = {
    CANDIDATE: "#c8602b",
    f"{CANDIDATE}, calibrated in the studio": "#8a8a8a",
    f"{CANDIDATE}, calibrated in shops": "#3b6ea8",
}
"""The smaller inputs are not drawn: on the street photos they lose up to 29 points, and would hide all others."""


def draw(found: Mapping[str, Any], target: Path) -> None:
    """Write a panel a set as a PNG: a row a measure, an interval an artifact, the margin as a line."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    sets = list(found["sets"])
    figure, panels = plt.subplots(
        1, len(sets), figsize=(11, 4.2), layout="constrained", sharex=True, sharey=True, squeeze=False
    )
    for axes, name in zip(panels[0], sets, strict=True):
        for place, (artifact, colour) in enumerate(COLOURS.items()):
            of = found["pairs"][artifact][name]
            middle = [100 * one["difference"] for one in of.values()]
            reach = [
                [100 * (one["difference"] - one["low"]) for one in of.values()],
                [100 * (one["high"] - one["difference"]) for one in of.values()],
            ]
            rows = [row + 0.22 * (place - 1) for row in range(len(MEASURES))]
            axes.errorbar(middle, rows, xerr=reach, fmt="o", color=colour, capsize=3, label=artifact)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.axvline(-100 * MARGIN, color="#a03010", linestyle="--", label=f"margin ({100 * MARGIN:.0f} point)")
        axes.set_title(f"{name}, {found['sets'][name]['photos']:,} photos, {found['sets'][name]['groups']} groups")
        axes.set_xlabel(f"points more or less than {REFERENCE}")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0][0].set_yticks(range(len(MEASURES)), list(MEASURES.values()))
    panels[0][0].invert_yaxis()
    figure.legend(*panels[0][0].get_legend_handles_labels(), frameon=False, loc="outside upper right", ncols=4)
    figure.savefig(target, dpi=110)
    plt.close(figure)
