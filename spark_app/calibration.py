"""What the suggestions are worth: tried on photos that the class means are not made of (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.classify import SUGGESTIONS, evened, nearest, unit
from spark_app.moments import Rows

PRECISION = 0.9
"""How often an answer that is given should be right."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What held-out photos say: the threshold, and shares of them: right at once, right among three, "unknown"."""

    threshold: float
    top1: float
    top3: float
    unknown: float
    photos: int


def calibrate(
    coordinates: Rows, labels: Sequence[str], folds: npt.NDArray[np.int64], precision: float = PRECISION
) -> Calibration:
    """Try the classifier on photos that its centroids are not made of, and find its threshold.

    `coordinates` (n, k) of a model, `folds` (n,): a photo is held against the means of the other folds' photos. The
    threshold is the lowest similarity from which on answers are right at least `precision` of the time; if they never
    are, the highest one seen. A class that stands in one fold alone cannot be told, and counts as wrong.
    """
    names = np.array(labels, dtype=object)
    if len(np.unique(folds)) < 2:  # nothing to hold a photo against
        return Calibration(0.0, 0.0, 0.0, 0.0, 0)
    tried = [_held_out(coordinates, names, folds == fold) for fold in np.unique(folds)]
    places = np.concatenate([place for place, _ in tried])
    best = np.concatenate([similarity for _, similarity in tried])
    first = places == 0
    threshold = _threshold(best, first, precision)
    return Calibration(
        threshold=threshold,
        top1=float(first.mean()),
        top3=float((places < SUGGESTIONS).mean()),
        unknown=float((best < np.float32(threshold)).mean()),
        photos=len(best),
    )


def _held_out(
    coordinates: Rows, names: npt.NDArray[np.object_], out: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return for each photo of a fold the place of its own class among the answers, and the best similarity."""
    kept, of_row = np.unique(names[~out], return_inverse=True)
    sums = np.zeros((len(kept), coordinates.shape[1]))
    np.add.at(sums, of_row, coordinates[~out])
    turn = evened(coordinates[~out], names[~out].tolist())  # of the others too, else held-out labels leak into it
    order, similarity = nearest(unit(coordinates[out] @ turn), unit(sums @ turn), SUGGESTIONS)
    right = kept[order] == names[out][:, None]
    places = np.where(right.any(axis=1), right.argmax(axis=1), SUGGESTIONS)
    return places, similarity[:, 0]


def _threshold(best: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], precision: float) -> float:
    order = np.argsort(-best, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_its_value = np.append(best[order][:-1] > best[order][1:], True)  # equal similarities are answered alike
    enough = np.flatnonzero((shares >= precision) & last_of_its_value)
    return float(best[order[enough[-1] if len(enough) else 0]])
