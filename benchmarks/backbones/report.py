"""Write and draw the frontier of speed and accuracy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFERENCE = "224-fp32"


def sets_of(found: Mapping[str, Any]) -> list[str]:
    """Return the names of the photo sets that were measured."""
    return [name for name, value in found["variants"][REFERENCE].items() if isinstance(value, dict)]


def markdown(found: Mapping[str, Any]) -> str:
    """Write `RESULTS.md`."""
    sets = sets_of(found)
    counts = ", ".join(f"{found['variants'][REFERENCE][name]['photos']} of {name}" for name in sets)
    heads = "".join(f" {name}: right | gained / lost | lowest cosine |" for name in sets)
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    lines = [
        "# Model artifacts: speed and accuracy",
        "",
        f"Written by `make bench-backbones` on {found['date']}: one core of {found['machine']}; {versions}.",
        f"Photos: {counts}. Speed is the CNN's alone, on one thread. *Right*: the nearest other photo by cosine has",
        "the same label. *Gained / lost*: photos right here and wrong at 224 in fp32, and the other way round; the",
        "cosine is to the features of 224 in fp32. `n-in-float`: int8 with its first n convolutions in float; without",
        "it 3 are.",
        "",
        "![speed against accuracy](frontier.png)",
        "",
        f"| artifact | images/s | times 224-fp32 |{heads}",
        f"| --- | --- | --- |{' --- |' * (3 * len(sets))}",
    ]
    for name, one in found["variants"].items():
        cells = "".join(
            f" {one[s]['accuracy']:.1%} | {one[s]['gained']} / {one[s]['lost']} | {one[s]['cosine_min']} |"
            for s in sets
        )
        lines.append(f"| {name} | {one['images_per_second_per_core']} | {one['times_reference']} |{cells}")
    return "\n".join([*lines, ""])


def draw(found: Mapping[str, Any], target: Path) -> None:
    """Plot speed against accuracy, a panel a set of photos, as a PNG."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    sets = sets_of(found)
    figure, panels = plt.subplots(1, len(sets), figsize=(5.5 * len(sets), 4), layout="constrained", squeeze=False)
    for axes, name in zip(panels[0], sets, strict=True):
        for precision, marker, colour in (("fp32", "o", "#2f7d4f"), ("int8", "s", "#c8602b")):
            ends = {key: one for key, one in found["variants"].items() if key.endswith(precision)}
            x = [one["images_per_second_per_core"] for one in ends.values()]
            y = [100 * one[name]["accuracy"] for one in ends.values()]
            axes.plot(x, y, marker=marker, color=colour, label=precision)
            for key, here, there in zip(ends, x, y, strict=True):
                axes.annotate(key.split("-")[0], (here, there), textcoords="offset points", xytext=(5, 5))
        axes.set_title(f"{name}, {found['variants'][REFERENCE][name]['photos']} photos")
        axes.set_xlabel("images per second of one core")
        axes.set_ylabel("nearest other photo has the label, %")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(target, dpi=120)
    plt.close(figure)
