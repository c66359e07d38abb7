"""Hold photos out, ask for suggestions, and count (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.suggestions.spaces import Floats, Learn, Places, class_means, normalised
from spark_app.pca import classes, classify, moments
from spark_app.pca.calibration import PRECISION
from spark_app.pca.classify import LEAST_PHOTOS, SUGGESTIONS
from spark_app.pca.fit import FitSettings, fit

Bools = npt.NDArray[np.bool_]
Engine = Callable[[Floats, Places, Sequence[str], Floats], tuple[Places, Floats]]
"""Training rows, their classes' places in the labels, the labels, held-out rows: answers and cosines, (n, 3)."""


@dataclass(frozen=True)
class Answers:
    """What was answered about each held-out photo, in the order of the photos."""

    labels: tuple[str, ...]
    true: Places
    """(n,), places in `labels`."""
    told: Places
    """(n, 3), best first."""
    similarity: Floats
    """(n,), of the first."""
    folds: npt.NDArray[np.int64]

    @property
    def right(self) -> Bools:
        """Whether the first answer is right, (n,)."""
        found: Bools = self.told[:, 0] == self.true
        return found


def in_space(learn: Learn) -> Engine:
    """Return the engine that compares with class means in a space."""

    def engine(rows: Floats, places: Places, labels: Sequence[str], held: Floats) -> tuple[Places, Floats]:
        space = learn(rows, places)
        means, counts = class_means(space.of(rows), places, len(labels))
        near = normalised(space.of(held)) @ normalised(means).T
        near[:, counts < LEAST_PHOTOS] = -np.inf
        order = np.argsort(-near, axis=1, kind="stable")[:, :SUGGESTIONS]
        return order, np.take_along_axis(near, order, axis=1)

    return engine


def ours(rows: Floats, places: Places, labels: Sequence[str], held: Floats) -> tuple[Places, Floats]:
    """The project's own rooms, as a refit on the training photos would publish them."""
    named = [labels[place] for place in places]
    model = fit(moments.of_rows(rows), FitSettings())
    shrinking = classify.whitening(model.project(rows), named)
    classifier = classify.build(model, classes.of_labelled(rows, named), 0.0, "", "", shrinking)
    told, similarity = classifier.suggest(held)
    place_of = {label: place for place, label in enumerate(labels)}
    return np.array([place_of[label] for label in classifier.labels])[told], similarity.astype(np.float64)


def held_out(rows: Floats, labels: Sequence[str], folds: npt.NDArray[np.int64], engine: Engine) -> Answers:
    """Ask about each photo an engine that has seen the other folds only."""
    names, true = np.unique(np.array(labels), return_inverse=True)
    told, similarity = np.zeros((len(rows), SUGGESTIONS), np.intp), np.zeros(len(rows))
    for fold in np.unique(folds):
        out = folds == fold
        answers, cosines = engine(rows[~out], true[~out], names.tolist(), rows[out])
        told[out], similarity[out] = answers, cosines[:, 0]
    return Answers(tuple(names.tolist()), true, told, similarity, folds)


def threshold(similarity: Floats, right: Bools, precision: float = PRECISION) -> float:
    """Return the lowest similarity from which on answers are right at least `precision` of the time."""
    order = np.argsort(-similarity, kind="stable")
    enough = np.flatnonzero(np.cumsum(right[order]) >= precision * np.arange(1, len(order) + 1))
    return float(similarity[order[enough[-1] if len(enough) else 0]])


def known(answers: Answers) -> Bools:
    """Say which photos get an answer, each by a threshold that the other folds' photos calibrated."""
    found = np.zeros(len(answers.true), np.bool_)
    for fold in np.unique(answers.folds):
        out = answers.folds == fold
        found[out] = answers.similarity[out] >= threshold(answers.similarity[~out], answers.right[~out])
    return found


def figures(answers: Answers, base: Answers | None = None) -> dict[str, Any]:
    """Return shares; with `base` the photos that are right here and wrong there, and the other way round."""
    sure, right = known(answers), answers.right
    found = {
        "photos": len(right),
        "classes": len(answers.labels),
        "top1": round(float(right.mean()), 4),
        "top3": round(float((answers.told == answers.true[:, None]).any(axis=1).mean()), 4),
        "unknown": round(float((~sure).mean()), 4),
        "precision_of_known": round(float(right[sure].mean()), 4) if sure.any() else None,
        "threshold": round(threshold(answers.similarity, right), 4),
    }
    if base is not None:
        found |= {"gained": int((right & ~base.right).sum()), "lost": int((~right & base.right).sum())}
    return found


def confused(answers: Answers) -> list[dict[str, Any]]:
    """Return the pairs of labels, of most photos first, of which one was answered for the other."""
    wrong = ~answers.right
    pairs: dict[tuple[str, str], int] = {}
    for true, told in zip(answers.true[wrong], answers.told[wrong, 0], strict=True):
        pair = (answers.labels[true], answers.labels[told])
        pairs[pair] = pairs.get(pair, 0) + 1
    sizes = np.bincount(answers.true, minlength=len(answers.labels))
    place = {label: at for at, label in enumerate(answers.labels)}
    ranked = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))
    return [{"is": a, "told": b, "photos": n, "of": int(sizes[place[a]])} for (a, b), n in ranked]


def nearest_training(rows: Floats, folds: npt.NDArray[np.int64], labels: Sequence[str]) -> Floats:
    """Return each photo's highest cosine to a photo of its label on the other side, (n,)."""
    unit, named = normalised(rows).astype(np.float32), np.array(labels)
    found = np.zeros(len(rows))
    for label in set(labels):
        at = np.flatnonzero(named == label)
        near = unit[at] @ unit[at].T
        near[folds[at][:, None] == folds[at][None, :]] = -1
        found[at] = near.max(axis=1)
    return found
