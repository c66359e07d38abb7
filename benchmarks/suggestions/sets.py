"""The sets of photos that are measured, each with its honest split (pure)."""

from dataclasses import dataclass

import numpy as np

from benchmarks.suggestions import splits
from benchmarks.suggestions.spaces import Floats
from benchmarks.suggestions.splits import Folds
from infra.samples.features import Features


@dataclass(frozen=True)
class Photos:
    """A set of photos with its honest split: features (n, d), labels and folds (n,).

    `groups` (n,): the film of a label, or the scene. Photos of one group are not independent.
    """

    rows: Floats
    labels: list[str]
    folds: Folds
    groups: Folds


def sets_of(found: Features) -> dict[str, Photos]:
    """Cut the photos into the sets that are measured, each with its split.

    Raises:
        ValueError: a photo of fruits360 is no frame of a film.
    """
    rows, of_set, labels = found.rows.astype(np.float64), np.array(found.sets), found.labels
    film, street = np.flatnonzero(of_set == "fruits360"), np.flatnonzero(of_set == "street")
    folds = np.zeros(len(rows), np.int64)
    folds[film] = splits.by_film([found.names[at] for at in film])
    folds[street] = splits.by_scene(found.rows[street], [labels[at] for at in street])
    groups = np.zeros(len(rows), np.int64)
    groups[film] = _films([labels[at] for at in film], folds[film])
    groups[street] = len(film) + splits.scenes(found.rows[street], [labels[at] for at in street])
    apart = [f"{photo_set}/{label}" for photo_set, label in zip(found.sets, labels, strict=True)]
    return {
        "fruits360": Photos(rows[film], [labels[at] for at in film], folds[film], groups[film]),
        "street": Photos(rows[street], [labels[at] for at in street], folds[street], groups[street]),
        "both, labels as uploaded": Photos(rows, labels, folds, groups),
        "both, labels kept apart": Photos(rows, apart, folds, groups),
    }


def _films(labels: list[str], folds: Folds) -> Folds:
    """Number the films: the same turn of two fruits is two."""
    _, found = np.unique([f"{label}/{fold}" for label, fold in zip(labels, folds, strict=True)], return_inverse=True)
    return found.astype(np.int64)
