"""The picture of a story: uploads, claims, job runs and commits over time."""

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
    """A job run for the picture: asked for, at work, ended; and `what` it worked on, such as "500 photos"."""

    asked: datetime
    began: datetime
    ended: datetime
    what: str
    state: str
    fits: bool = False
    """Whether it fits the model, and makes no rows."""


@dataclass(frozen=True, slots=True)
class Story:
    """When what happened. `rows` are the times at which an uploaded photo's row was committed."""

    uploads: Sequence[datetime]
    claims: Sequence[tuple[datetime, int]]
    runs: Sequence[RunSpan]
    rows: Sequence[datetime]


def draw(story: Story, target: Path) -> None:
    """Draw to a PNG: photos uploaded and in the table above, job runs below, seconds since the first upload."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    zero = min(story.uploads)

    def seconds(moment: datetime) -> float:
        return (moment - zero).total_seconds()

    heights = [3, max(1.0, 0.45 * len(story.runs))]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(10, 3.6 + heights[1]), sharex=True, height_ratios=heights, layout="constrained"
    )
    _steps(above, sorted(map(seconds, story.uploads)), "uploaded", BLUE)
    _steps(above, sorted(map(seconds, story.rows)), "row in the table", GREEN)
    for number, (moment, photos) in enumerate(story.claims):
        above.axvline(seconds(moment), color=ORANGE, linestyle=":", label=None if number else "claimed for a batch")
        place = (seconds(moment), 0.02 + 0.04 * (number % 3))  # claims may follow each other closely
        above.annotate(f" {photos:,}", place, xycoords=("data", "axes fraction"), color=ORANGE, fontsize=8)
    above.set_ylabel("photos")
    above.set_ylim(0)
    above.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    runs = f"{len(story.runs)} job run{'s' * (len(story.runs) != 1)}"
    above.set_title(f"{len(story.uploads):,} uploads, {len(story.rows):,} rows, {runs}")
    for number, run in enumerate(story.runs):
        _bar(below, number, seconds(run.asked), seconds(run.began), seconds(run.ended), run)
    below.set_yticks(range(len(story.runs)), [f"run {number + 1}" for number in range(len(story.runs))])
    below.invert_yaxis()
    below.set_xlabel("seconds since the first upload")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=120)
    plt.close(figure)


def _steps(axes: "Axes", moments: list[float], name: str, colour: str) -> None:
    axes.step([0, *moments], range(len(moments) + 1), where="post", label=name, color=colour, linewidth=2)


def _bar(axes: "Axes", number: int, asked: float, began: float, ended: float, run: RunSpan) -> None:
    colour = (PURPLE if run.fits else GREEN) if run.state == "SUCCESS" else ORANGE
    axes.barh(number, began - asked, left=asked, color=GREY, height=0.6)
    axes.barh(number, ended - began, left=began, color=colour, height=0.6)
    axes.annotate(f"{run.what}, {run.state.lower()}", (1.01, number), xycoords=("axes fraction", "data"), va="center")
