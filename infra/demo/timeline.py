"""The picture of a demo over time: uploads, claims, job runs and commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREEN, GREY, ORANGE, BLUE, PURPLE = "#3a7d44", "#c8c8c8", "#e07a1f", "#30638e", "#7b4b94"


@dataclass(frozen=True, slots=True)
class RunSpan:
    """A job run for the picture: when it was asked for, began and ended. `what` it worked on: such as "500 photos"."""

    asked: datetime
    began: datetime
    ended: datetime
    what: str
    state: str
    fits: bool = False
    """It fits the model and makes no rows."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """When what happened. `rows`: when each uploaded photo's row was committed; `claims`: when, and how many photos."""

    uploads: Sequence[datetime]
    claims: Sequence[tuple[datetime, int]]
    runs: Sequence[RunSpan]
    rows: Sequence[datetime]

    def seconds(self, moment: datetime) -> float:
        """Seconds since the first upload."""
        return (moment - min(self.uploads)).total_seconds()


def draw(timeline: Timeline, target: Path) -> None:
    """Draw to a PNG: photos uploaded and in the table above, job runs below, seconds since the first upload."""
    from matplotlib.figure import Figure  # takes a second to import, and not every command draws

    heights = [3, max(1.0, 0.45 * len(timeline.runs))]
    figure = Figure(figsize=(10, 3.6 + heights[1]), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    _photos(above, timeline)
    _runs(below, timeline)
    below.set_xlabel("seconds since the first upload")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=120)


def _photos(axes: "Axes", timeline: Timeline) -> None:
    _steps(axes, sorted(map(timeline.seconds, timeline.uploads)), "uploaded", BLUE)
    _steps(axes, sorted(map(timeline.seconds, timeline.rows)), "row in the table", GREEN)
    for number, (moment, photos) in enumerate(timeline.claims):
        second = timeline.seconds(moment)
        axes.axvline(second, color=ORANGE, linestyle=":", label=None if number else "claimed for a batch")
        place = (second, 0.02 + 0.04 * (number % 3))  # claims may follow each other closely
        axes.annotate(f" {photos:,}", place, xycoords=("data", "axes fraction"), color=ORANGE, fontsize=8)
    axes.set_ylabel("photos")
    axes.set_ylim(0)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    runs = f"{len(timeline.runs)} job run{'s' * (len(timeline.runs) != 1)}"
    axes.set_title(f"{len(timeline.uploads):,} uploads, {len(timeline.rows):,} rows, {runs}")


def _steps(axes: "Axes", seconds: list[float], name: str, colour: str) -> None:
    axes.step([0, *seconds], range(len(seconds) + 1), where="post", label=name, color=colour, linewidth=2)


def _runs(axes: "Axes", timeline: Timeline) -> None:
    for number, run in enumerate(timeline.runs):
        asked, began, ended = map(timeline.seconds, (run.asked, run.began, run.ended))
        colour = (PURPLE if run.fits else GREEN) if run.state == "SUCCESS" else ORANGE
        axes.barh(number, began - asked, left=asked, color=GREY, height=0.6)
        axes.barh(number, ended - began, left=began, color=colour, height=0.6)
        text = f"{run.what}, {run.state.lower()}"
        axes.annotate(text, (1.01, number), xycoords=("axes fraction", "data"), va="center")
    axes.set_yticks(range(len(timeline.runs)), [f"run {number + 1}" for number in range(len(timeline.runs))])
    axes.invert_yaxis()
