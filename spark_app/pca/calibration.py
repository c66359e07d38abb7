"""Measure the suggestions on held-out photos, and find the threshold below which the answer is "unknown" (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.pca.classes import of_labelled
from spark_app.pca.classify import SUGGESTIONS, nearest, unit, whitening
from spark_app.pca.moments import Rows

PRECISION = 0.9
"""Share of the given answers that should be right."""
UNSEEN = 0.1
"""Assumed share of photos that belong to no known label. For such a photo any answer is wrong."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The threshold, and the results on held-out photos as shares of them."""

    threshold: float
    top1: float
    """The first suggestion is right."""
    top3: float
    """One of the three suggestions is right."""
    unknown: float
    unseen_unknown: float
    """Called unknown when their own class is taken away, so that any answer would be wrong."""
    photos: int
    """How many were held out."""


@dataclass(frozen=True)
class Tried:
    """The answers to held-out photos; all arrays (n,)."""

    place: npt.NDArray[np.int64]
    """Of the own class among the answers; `SUGGESTIONS` where it is not among them."""
    best: npt.NDArray[np.float32]
    """The highest similarity."""
    other: npt.NDArray[np.float32]
    """The highest similarity to a class other than the own."""


def calibrate(
    coordinates: Rows, labels: Sequence[str], folds: npt.NDArray[np.int64], precision: float = PRECISION
) -> Calibration:
    """Try the classifier on photos that its centroids are not made of, and find its threshold.

    `coordinates` (n, k) of a model, `folds` (n,): a photo is compared with the means of the other folds' photos. The
    threshold is the lowest similarity from which on the share `precision` of the answers is right, if the share
    `UNSEEN` of all photos belongs to no label. If no similarity reaches that, it is the highest one seen. A class that
    occurs in one fold only cannot be recognized, and counts as wrong.
    """
    names = np.array(labels, dtype=object)
    if len(np.unique(folds)) < 2:  # there are no other photos to compare with
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
    """Return a fold (n,), 0 or 1, for each photo: a label's photos are cut in two along the direction of most variance.

    Photos of one moment are often nearly identical, so a split with some of them on either side overrates the
    suggestions. The order of arrival does not separate them where hundreds arrive within a second. Two halves that
    differ as much as possible do not overrate: the result resembles other films of the same fruit, but not other scenes
    (`make bench-suggestions`).
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
    turn = whitening(coordinates[~out], kept_labels)  # without the held-out photos, else their labels leak into it
    order, similarity = nearest(unit(coordinates[out] @ turn), unit(classes.sums @ turn), SUGGESTIONS)
    right = np.array(classes.labels, dtype=object)[order] == names[out][:, None]
    places = np.where(right.any(axis=1), right.argmax(axis=1), SUGGESTIONS)
    # Sorted, so the first answer that is not the own class is the best of the others; -1 where there is no other.
    best_other = np.where(right, np.float32(-1), similarity).max(axis=1)
    return Tried(places, similarity[:, 0], best_other)


def lowest_right(tried: Tried, precision: float) -> float:
    """Return the threshold, see `calibrate`. Answers of equal similarity are all given, or none of them is."""
    thresholds = np.unique(tried.best)
    order = np.sort(tried.best)
    answered = len(order) - np.searchsorted(order, thresholds)
    right = np.sort(tried.best[tried.place == 0])
    correct = len(right) - np.searchsorted(right, thresholds)
    others = np.sort(tried.other)
    fooled = (len(others) - np.searchsorted(others, thresholds)) * UNSEEN / (1 - UNSEEN)
    enough = np.flatnonzero(correct >= precision * (answered + fooled))
    return float(thresholds[enough[0] if len(enough) else -1])
