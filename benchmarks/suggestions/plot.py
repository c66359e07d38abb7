"""Draw what is confused, and how the spaces compare."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.suggestions.score import Answers

MOST = 34
"""Labels in a panel: the names can still be read."""


def confusion(answers: Mapping[str, Answers], target: Path) -> None:
    """Write a panel a set as a PNG: rows are what a photo is, columns what was told, the labels most often confused."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(answers), figsize=(11 * len(answers), 10), layout="constrained", squeeze=False)
    for axes, (name, one) in zip(panels[0], answers.items(), strict=True):
        shares, labels, wrong_here = _matrix(one)
        axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(shares >= 0.05), strict=True):
            colour = "white" if shares[row, column] > 0.6 else "#a03010" if row != column else "black"
            axes.text(
                column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center", fontsize=7, color=colour
            )
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
        axes.set_yticks(range(len(labels)), labels, fontsize=8)
        axes.set_xlabel("told")
        axes.set_ylabel("it is")
        kept = "all labels" if len(labels) == len(one.labels) else f"the {len(labels)} labels most often confused"
        axes.set_title(f"{name}: {kept}, % of a label's photos; {wrong_here:.0%} of all errors are here")
    figure.savefig(target, dpi=100)
    plt.close(figure)


def _matrix(answers: Answers) -> tuple[npt.NDArray[np.float64], list[str], float]:
    """Return shares (m, m) of each label's photos, the labels, and the share of errors that the panel shows."""
    count = len(answers.labels)
    whole = np.zeros((count, count))
    np.add.at(whole, (answers.true, answers.told[:, 0]), 1)
    wrong = whole * (1 - np.eye(count))
    # Greedy: the largest pairs first, until the panel is full.
    chosen: list[int] = []
    for flat in np.argsort(-wrong, axis=None, kind="stable"):
        pair = [at for at in (int(flat) // count, int(flat) % count) if at not in chosen]
        if len(chosen) + len(pair) <= min(MOST, count):
            chosen += pair
    chosen.sort()
    panel = wrong[np.ix_(chosen, chosen)].sum() / max(1.0, wrong.sum())
    shares = whole / np.maximum(whole.sum(axis=1, keepdims=True), 1)
    return shares[np.ix_(chosen, chosen)], [answers.labels[at] for at in chosen], float(panel)


def spaces(found: Mapping[str, Any], target: Path) -> None:
    """Write bars as a PNG: of each space the photos right at once, and those that get no answer."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    sets = ("fruits360", "street")
    names = ["ours", *found["spaces"]]
    figure, panels = plt.subplots(
        1, len(sets), figsize=(14, 0.45 * len(names) + 1.4), layout="constrained", sharey=True
    )
    for axes, one in zip(panels, sets, strict=True):
        of = [found["sets"][one], *(found["spaces"][name][one] for name in names[1:])]
        for offset, field, label, colour in (
            (-0.2, "top1", "right at once", "#2f7d4f"),
            (0.2, "unknown", "unknown, for 90 % right", "#c8c8c8"),
        ):
            values = [100 * each[field] for each in of]
            bars = axes.barh([row + offset for row in range(len(names))], values, 0.38, label=label, color=colour)
            axes.bar_label(bars, [f"{value:.0f}" for value in values], padding=3, fontsize=8)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(f"% of {one} photos, held out")
        axes.set_xlim(0, 108)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, loc="outside upper right", ncols=2)
    figure.savefig(target, dpi=110)
    plt.close(figure)
