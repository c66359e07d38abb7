"""A model's pictures, as PNG bytes: the spread of its variance, the places of its labels, the drift of its components.

They use Matplotlib's Figure without pyplot, so there is no window, no global state and nothing to close.
"""

import io
import warnings
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

from spark_app.models.card import MARKS, components_for
from spark_app.pca.drift import Drift
from spark_app.pca.fit import Model

MOST_PANELS = 160
"""At most this many labels get a panel and a colour; the smallest ones beyond stay grey."""

Floats = npt.NDArray[np.floating]
Encode = Callable[[Figure], bytes]
_GREY = "0.8"


def png(figure: Figure) -> bytes:
    """Encode a figure as PNG."""
    drawn = io.BytesIO()
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a label in a script that the font has not: a box
        figure.savefig(drawn, format="png", metadata={"Software": None})  # equal pictures are equal bytes
    return drawn.getvalue()


def scree(model: Model, encode: Encode = png) -> bytes:
    """Draw the cumulative share of variance with the marks, and below it each component's own share."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(2, 1))
    # Up to the component where nearly all variance is kept; beyond it the curve is flat.
    shown = min(len(model.spectrum), max(10, ceil(1.3 * components_for(model, MARKS[-1]))))
    counted = np.arange(1, shown + 1)
    above.plot(counted, model.explained[:shown])
    for mark in MARKS:
        needed = components_for(model, mark)
        above.plot([0.5, needed, needed], [mark, mark, 0], color="tab:red", linewidth=0.8, linestyle=":")
        place = {"xytext": (4, -12), "textcoords": "offset points", "color": "tab:red"}
        above.annotate(f"{mark:.0%}: {needed}", (needed, mark), **place)
    kept = len(model.variances)
    below.plot(counted, (model.spectrum / (model.spectrum.sum() or 1.0))[:shown].clip(1e-12))
    for axes in (above, below):
        axes.axvline(kept, color="tab:green", linewidth=1, label=f"kept: k = {kept}")
    above.set(ylabel="share of variance, cumulative", xlim=(0.5, shown + 0.5), ylim=(0, 1.02))
    below.set(ylabel="of each component", xlabel="component", yscale="log")
    above.set_title(f"PCA of {model.count:,} photos")
    above.legend(loc="lower right")
    return encode(figure)


def components(points: Floats, labels: Sequence[str | None], version: str, encode: Encode = png) -> bytes:
    """Draw photos (n, 2 or more coordinates) on the first two components.

    The left side shows all labels at once, with each label's number at its mean. The right side has a small panel for
    each label, with its photos over all photos in grey: 131 colours look alike, 131 panels do not. `labels` may be
    empty; then all photos are grey.
    """
    plane = np.asarray(points, np.float64)[:, :2] if len(points) else np.zeros((0, 2))
    plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    groups = _groups(plane, labels)
    columns = max(1, ceil((1.3 * len(groups)) ** 0.5))
    width = 12 + (1.15 * columns if groups else 0)  # inches, the overview's are the first 12
    figure = Figure(figsize=(width, 11))
    # Fixed positions, because a layout engine would measure each of the 262 texts several times.
    overview = figure.add_axes((0.7 / width, 0.06, 11 / width, 0.89))
    _overview(overview, plane, groups)
    known = len(set(labels) - {None, ""})
    counted = f"{known} labels" if known == len(groups) else f"the {len(groups)} largest of {known} labels"
    overview.set_title(f"{len(plane):,} photos, {counted}, model {version}")
    if groups:
        panels = figure.add_axes((12 / width, 0.02, (width - 12.1) / width, 0.96))
        _panels(panels, plane, groups, columns)
    return encode(figure)


def moved(drift: Drift | None, previous: str | None, encode: Encode = png) -> bytes:
    """Draw the drift of each component; a sentence where there is no earlier model to compare with."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    if drift is None:
        figure.text(0.5, 0.5, "There is no earlier model of these features to compare with.", ha="center")
        return encode(figure)
    rows = (
        ("principal angle, degrees", drift.principal_angles, 0.0),
        ("shift of the mean,\nold standard deviations", drift.mean_shift, 0.0),
        ("variance today / before", drift.variance_ratio, 1.0),
    )
    verdict = "old coordinates should be made anew" if drift.reproject else "old coordinates still do"
    for axes, (name, values, neutral) in zip(figure.subplots(len(rows), sharex=True), rows, strict=True):
        axes.axhline(neutral, color=_GREY)
        axes.plot(np.arange(1, len(values) + 1), values, marker=".", linewidth=0.8)
        axes.set_ylabel(name)
    figure.axes[0].set_title("the angles by size, not by component", fontsize=9, loc="left")
    figure.axes[-1].set_xlabel("component")
    figure.suptitle(f"The space changed by {drift.change:.2%} since model {previous}: {verdict}")
    return encode(figure)


class _Group:
    """A label's photos, its mean and its colour."""

    def __init__(self, label: str, photos: Floats) -> None:
        self.label, self.photos, self.mean = label, photos, photos.mean(axis=0)
        self.colour: Floats = np.zeros(3)


def _groups(plane: Floats, labels: Sequence[str | None]) -> list[_Group]:
    named = np.array([label or "" for label in labels] or [""] * len(plane))
    sizes = {label: int((named == label).sum()) for label in sorted(set(named.tolist()) - {""})}
    largest = sorted(sizes, key=lambda label: (-sizes[label], label))[:MOST_PANELS]
    groups = [_Group(label, plane[named == label]) for label in sorted(largest)]
    # Hues follow the directions of the means. Neighbours in the overview thus look alike, but their panels tell them
    # apart.
    centre = plane.mean(axis=0) if len(plane) else np.zeros(2)
    angles = [np.arctan2(*(group.mean - centre)[::-1]) for group in groups]
    for place, index in enumerate(np.argsort(angles)):
        groups[index].colour = hsv_to_rgb((place / len(groups), 0.85, 0.75 if place % 2 else 0.55))
    return groups


def _overview(axes: Axes, plane: Floats, groups: Sequence[_Group]) -> None:
    axes.scatter(plane[:, 0], plane[:, 1], s=5, color=_GREY, linewidths=0)
    axes.set(xlabel="pc_1", ylabel="pc_2")
    for number, group in enumerate(groups, 1):
        axes.scatter(group.photos[:, 0], group.photos[:, 1], s=6, color=group.colour, alpha=0.35, linewidths=0)
        box = {"boxstyle": "round,pad=0.15", "facecolor": group.colour, "edgecolor": "none", "alpha": 0.85}
        x, y = group.mean
        axes.text(x, y, str(number), color="white", fontsize=7, ha="center", va="center", zorder=3, bbox=box)


def _panels(axes: Axes, plane: Floats, groups: Sequence[_Group], columns: int) -> None:
    """Draw all panels in one pair of axes, each in a cell of its own: 131 pairs of axes would take seconds."""
    low, high = plane.min(axis=0), plane.max(axis=0)
    scale = np.where(high > low, high - low, 1.0)
    background = 0.05 + 0.8 * (plane[:: max(1, len(plane) // 400)] - low) / scale
    rows = ceil(len(groups) / columns)
    for number, group in enumerate(groups):
        x, y = number % columns, rows - 1 - number // columns
        photos = 0.05 + 0.8 * (group.photos - low) / scale
        axes.scatter(x + background[:, 0], y + background[:, 1], s=1, color=_GREY, linewidths=0)
        axes.scatter(x + photos[:, 0], y + photos[:, 1], s=3, color=group.colour, linewidths=0)
        name = f"{number + 1} {_short(group.label)}"
        axes.text(x + 0.03, y + 0.9, name, fontsize=6, color=group.colour, parse_math=False)
    axes.set(xlim=(0, columns), ylim=(0, rows))
    axes.axis("off")


def _short(label: str) -> str:
    one_line = " ".join(label.split())  # a label comes from the uploader: any characters, any length
    return one_line if len(one_line) <= 18 else one_line[:17] + "…"
