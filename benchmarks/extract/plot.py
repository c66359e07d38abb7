"""Draw the arms' speed, set by set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.extract.photo_sets import SETS

SHOWN = ("floor", "ours", "daft", "ray", "predict_batch_udf", "brief")
OURS, OTHERS = "#2f7d4f", "#a9b7ae"


def draw(found: Mapping[str, Any], target: Path) -> None:
    """Write a panel of bars for each set, at 224 in fp32, as a PNG; whiskers: the slowest round and the fastest."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    panels = {name: arms for name in SETS if (arms := _arms_of(found, name))}
    rows = sum(len(arms) for arms in panels.values())
    heights = [len(arms) for arms in panels.values()]
    figure, all_axes = plt.subplots(
        len(panels), figsize=(8, 0.42 * rows + 0.8 * len(panels)), layout="constrained", squeeze=False,
        height_ratios=heights,
    )  # fmt: skip
    for axes, (name, arms) in zip(all_axes[:, 0], panels.items(), strict=True):
        _panel(axes, SETS[name].title, arms)
    all_axes[-1, 0].set_xlabel("images per second on 2 cores, efficientnet_lite0 at 224 in fp32")
    figure.savefig(target, dpi=120)
    plt.close(figure)


def _arms_of(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    ending = "" if name == "fruits360" else f"-{name}"
    return {arm: found["arms"][arm + ending] for arm in SHOWN if arm + ending in found["arms"]}


def _panel(axes: Any, title: str, arms: Mapping[str, Any]) -> None:
    names = list(arms)
    medians = [arm["images_per_second"] for arm in arms.values()]
    lows, highs = zip(*(arm["images_per_second_range"] for arm in arms.values()), strict=True)
    below = [middle - low for middle, low in zip(medians, lows, strict=True)]
    above = [high - middle for middle, high in zip(medians, highs, strict=True)]
    colours = [OURS if name == "ours" else OTHERS for name in names]
    bars = axes.barh(names, medians, 0.7, color=colours, xerr=(below, above), error_kw={"lw": 1, "capsize": 2})
    axes.bar_label(bars, [f"{value:.0f}" if value >= 10 else f"{value:.1f}" for value in medians], padding=5)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(highs))
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
