"""Count and sum of each class's rows. They give its mean, and are mergeable like the moments (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.pca.moments import Floats, Rows


@dataclass(frozen=True)
class ClassSums:
    """For each label, sorted: `counts` int64 (L,), `sums` float64 (L, d)."""

    labels: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    sums: Floats

    def means(self) -> Floats:
        """Return each class's mean, float64 (L, d)."""
        return self.sums / self.counts[:, None]


def empty(width: int) -> ClassSums:
    """Return no classes."""
    return ClassSums((), np.zeros(0, np.int64), np.zeros((0, width)))


def of_labelled(rows: Rows, labels: Sequence[str | None]) -> ClassSums:
    """Return the class sums of rows (n, d) with one label each; a row whose label is None belongs to no class."""
    places: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        if label is not None:
            places.setdefault(label, []).append(place)
    if not places:
        return empty(rows.shape[1])
    found = sorted(places)
    counts, sums = np.array([len(places[label]) for label in found], np.int64), np.empty((len(found), rows.shape[1]))
    for index, label in enumerate(found):  # ten times as fast as np.add.reduceat along this axis
        np.add.reduce(rows[places[label]], axis=0, dtype=np.float64, out=sums[index])
    return ClassSums(tuple(found), counts, sums)


def merge(a: ClassSums, b: ClassSums) -> ClassSums:
    """Return the class sums of both sets of rows together."""
    return _combined(a, b, 1)


def without(whole: ClassSums, part: ClassSums) -> ClassSums:
    """Return the class sums of `whole` without the rows of `part`, which it contains. Empty classes vanish.

    Raises:
        ValueError: a class of `part` has more rows than that of `whole`.
    """
    return _combined(whole, part, -1)


def _combined(a: ClassSums, b: ClassSums, sign: int) -> ClassSums:
    labels = sorted({*a.labels, *b.labels})
    place = {label: index for index, label in enumerate(labels)}
    counts, sums = np.zeros(len(labels), np.int64), np.zeros((len(labels), a.sums.shape[1]))
    for each, factor in ((a, 1), (b, sign)):
        at = [place[label] for label in each.labels]
        counts[at] += factor * each.counts
        sums[at] += factor * each.sums
    if (counts < 0).any():
        raise ValueError(f"more rows of class {labels[int(np.argmin(counts))]!r} are taken away than there are")
    kept = counts > 0
    return ClassSums(tuple(label for label, keep in zip(labels, kept, strict=True) if keep), counts[kept], sums[kept])
