"""Draw the arms' seconds, a panel a size."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.pca.report import NAMES


def draw(found: Mapping[str, Any], target: Path) -> None:
    """Write bars of the seconds from the table to the model as a PNG; a line where merely reading ends."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    sizes = list(found["arms"])
    figure, panels = plt.subplots(1, len(sizes), figsize=(6.5 * len(sizes), 3.8), layout="constrained", squeeze=False)
    for axes, size in zip(panels[0], sizes, strict=True):
        arms = found["arms"][size]
        names = list(arms)
        colours = ["#2f7d4f" if name.startswith("ours") else "#9a9a9a" for name in names]
        values = [arms[name]["fit_seconds"] for name in names]
        bars = axes.barh(range(len(names)), values, 0.7, color=colours)
        axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=3)
        axes.set_xlabel("seconds, table to model")
        read = found["read_seconds"][size]
        if read is not None:
            axes.axvline(read, color="#c8602b", linewidth=1, linestyle=":")
            axes.set_xlabel(f"seconds, table to model; dotted: merely reading by the JVM, {read:.1f}")
        axes.set_yticks(range(len(names)), [NAMES[name] for name in names])
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set_title(f"{int(size):,} rows x 1280")
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=120)
    plt.close(figure)
