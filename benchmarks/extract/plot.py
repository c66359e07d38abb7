"""Draw the arms' speed, warm and cold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHOWN = ("floor", "ours", "daft", "ray", "predict_batch_udf", "brief")


def draw(found: Mapping[str, Any], target: Path) -> None:
    """Write a bar chart of the arms at 224 fp32 as a PNG."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    arms = {name: found["arms"][name] for name in SHOWN if name in found["arms"]}
    names = list(arms)
    warm = [arm["images_per_second"] for arm in arms.values()]
    cold = [_cold(found, name) for name in names]
    figure, axes = plt.subplots(figsize=(8, 0.7 * len(names) + 1.6), layout="constrained")
    rows = range(len(names))
    for offset, values, label, colour in ((-0.2, warm, "warm", "#2f7d4f"), (0.2, cold, "cold", "#b9d8c2")):
        bars = axes.barh([row + offset for row in rows], values, 0.38, label=label, color=colour)
        axes.bar_label(bars, [f"{value:.0f}" if value else "" for value in values], padding=3)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_xlabel("images per second on 2 cores, efficientnet_lite0 at 224 in fp32")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(target, dpi=120)
    plt.close(figure)


def _cold(found: Mapping[str, Any], name: str) -> float:
    """Return the cold speed: of ours as `spark-submit` gives it; the floor has none, as its photos are in memory."""
    if name == "floor":
        return 0.0
    cold = found["arms"].get("ours-cold" if name == "ours" else name)
    return float(cold["images_per_second_cold"]) if cold else 0.0
