"""What the suggestions are worth: tried on photos that the class means are not made of (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.pca.classes import of_labelled
from spark_app.pca.classify import SUGGESTIONS, evened, nearest, unit
from spark_app.pca.moments import Rows

PRECISION = 0.9
"""How often an answer that is given should be right."""
UNSEEN = 0.1
"""How many photos are taken to show what no label names: to such a photo any answer is wrong."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What held-out photos say: the threshold, and shares of them: right at once, right among three, "unknown".

    `unseen_unknown`: the share called unknown when their own class is taken away, so that any answer is wrong.
    """

    threshold: float
    top1: float
    top3: float
    unknown: float
    unseen_unknown: float
    photos: int


@dataclass(frozen=True)
class Tried:
    """Held-out photos (n,): the place of the own class among the answers (`SUGGESTIONS`: not among them), the best
    similarity, and the best one to any other class than the own."""

    place: npt.NDArray[np.int64]
    best: npt.NDArray[np.float32]
    other: npt.NDArray[np.float32]


def calibrate(
    coordinates: Rows, labels: Sequence[str], folds: npt.NDArray[np.int64], precision: float = PRECISION
) -> Calibration:
    """Try the classifier on photos that its centroids are not made of, and find its threshold.

    `coordinates` (n, k) of a model, `folds` (n,): a photo is held against the means of the other folds' photos. The
    threshold is the lowest similarity from which on answers are right at least `precision` of the time, if `UNSEEN` of
    all photos show what has no label; if they never are, the highest one seen. A class that stands in one fold alone
    cannot be told, and counts as wrong.
    """
    names = np.array(labels, dtype=object)
    if len(np.unique(folds)) < 2:  # nothing to hold a photo against
        return Calibration(0.0, 0.0, 0.0, 0.0, 0.0, 0)
    parts = [_held_out(coordinates, names, folds == fold) for fold in np.unique(folds)]
    tried = Tried(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "best", "other")))
    threshold = lowest_right(tried, precision)
    return Calibration(
        threshold=threshold,
        top1=float((tried.place == 0).mean()),
        top3=float((tried.place < SUGGESTIONS).mean()),
        unknown=float((tried.best < np.float32(threshold)).mean()),
        unseen_unknown=float((tried.other < np.float32(threshold)).mean()),
        photos=len(tried.best),
    )


def halves(coordinates: Rows, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return a fold, 0 or 1, for each photo: each label's photos cut in two along the direction they differ most in.

    Photos of one moment are often nearly identical, and a split that has them on both sides flatters; the order in
    which they came need not tell, when they come by the hundred a second. Two halves that differ as much as can be do
    not flatter: they say what other films of the same fruit do, and less than other scenes (`make bench-suggestions`).
    """
    names = np.array(labels, dtype=object)
    folds = np.zeros(len(names), np.int64)
    for label in sorted(set(labels)):
        places = np.flatnonzero(names == label)
        apart = coordinates[places] - coordinates[places].mean(axis=0)
        along = apart @ np.linalg.svd(apart, full_matrices=False)[2][0]
        rank = np.argsort(np.argsort(along, kind="stable"), kind="stable")
        folds[places] = rank * 2 // len(places)
    return folds


def _held_out(coordinates: Rows, names: npt.NDArray[np.object_], out: npt.NDArray[np.bool_]) -> Tried:
    kept_labels = names[~out].tolist()
    classes = of_labelled(coordinates[~out], kept_labels)
    turn = evened(coordinates[~out], kept_labels)  # of the others too, else held-out labels leak into it
    order, similarity = nearest(unit(coordinates[out] @ turn), unit(classes.sums @ turn), SUGGESTIONS)
    right = np.array(classes.labels, dtype=object)[order] == names[out][:, None]
    places = np.where(right.any(axis=1), right.argmax(axis=1), SUGGESTIONS)
    # Sorted, so the first answer that is not the own class is the best of the others; -1 where there is no other.
    others = np.where(right, np.float32(-1), similarity).max(axis=1)
    return Tried(places, similarity[:, 0], others)


def lowest_right(tried: Tried, precision: float) -> float:
    """Return the threshold; see `calibrate`. Answers of one similarity are given together or not at all."""
    thresholds = np.unique(tried.best)
    order = np.sort(tried.best)
    answered = len(order) - np.searchsorted(order, thresholds)
    right = np.sort(tried.best[tried.place == 0])
    correct = len(right) - np.searchsorted(right, thresholds)
    others = np.sort(tried.other)
    fooled = (len(others) - np.searchsorted(others, thresholds)) * UNSEEN / (1 - UNSEEN)
    enough = np.flatnonzero(correct >= precision * (answered + fooled))
    return float(thresholds[enough[0] if len(enough) else -1])
