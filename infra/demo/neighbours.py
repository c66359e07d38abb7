"""The picture of the demo: photos beside their nearest neighbours in feature space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spark_app.photos.images import Decoded, decode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo with features: where to read it, and its label."""

    key: str
    label: str | None


def choose(rows: Sequence[LabelledPhoto], count: int, seed: int) -> list[int]:
    """Choose photos of different labels, the same ones for the same seed."""
    order = np.random.default_rng(seed).permutation(len(rows))
    by_label: dict[str | None, int] = {}
    for index in order:
        by_label.setdefault(rows[index].label, int(index))
    chosen = list(by_label.values())[:count]
    return chosen + [int(index) for index in order if int(index) not in chosen][: count - len(chosen)]


def nearest(features: Matrix, queries: Sequence[int], count: int) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Return the `count` nearest other rows of each query by cosine: indices, similarities; (queries, count) each."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    similarity = unit[list(queries)] @ unit.T
    similarity[np.arange(len(queries)), list(queries)] = -np.inf
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(similarity, order, axis=1)


def draw(
    rows: Sequence[LabelledPhoto],
    features: Matrix,
    read: Callable[[str], bytes],
    target: Path,
    count: int = 8,
    seed: int = 1,
) -> None:
    """Write the picture: on each line a photo and its five nearest, framed green where the labels agree."""
    from matplotlib.figure import Figure  # takes a second to import, and not every command draws

    queries = choose(rows, min(count, len(rows)), seed)
    neighbours, similarity = nearest(features, queries, min(5, len(rows) - 1))
    across = 1 + neighbours.shape[1]
    figure = Figure(figsize=(2.0 * across, 2.25 * len(queries)), layout="constrained")
    axes = figure.subplots(len(queries), across, squeeze=False)
    for line, query in enumerate(queries):
        _show(axes[line][0], read(rows[query].key), rows[query].label or "no label", "black")
        for place, index in enumerate(neighbours[line]):
            agrees = rows[index].label == rows[query].label
            title = f"{rows[index].label or 'no label'}\n{similarity[line, place]:.3f}"
            _show(axes[line][1 + place], read(rows[index].key), title, "tab:green" if agrees else "tab:red")
    figure.suptitle(
        "Left: a photo. Right: its five nearest in feature space (cosine); green: the same label", fontsize=11
    )
    figure.savefig(target, dpi=90)


def _show(axis: "Axes", data: bytes, title: str, colour: str) -> None:
    image = decode(data, 256)
    axis.imshow(image.pixels if isinstance(image, Decoded) else np.full((256, 256, 3), 255, np.uint8))
    axis.set_title(title, fontsize=9, color=colour)
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_color(colour)
        side.set_linewidth(2)
