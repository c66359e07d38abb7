"""All candidates against the reference, measure by measure, on sets of photos (pure)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.artifact_choice.measures import AT_ONCE, MEASURES
from benchmarks.artifact_choice.paired import Bools, Groups, Verdict, compared
from benchmarks.suggestions.sets import Photos

MARGIN = 0.01
"""The largest loss that is accepted, a share: README.md argues for it."""
LEAST_FRAMES = 10
"""Of a film that is compared with another one of its label."""
Right = Mapping[str, Bools]


def against(candidate: Right, reference: Right, groups: Groups, taken: Bools | None = None) -> dict[str, Any]:
    """Compare in every measure, on the photos `taken` (n,), all without it."""
    kept = np.ones(len(groups), np.bool_) if taken is None else taken
    found = {}
    for measure in MEASURES:
        pair = compared(candidate[measure][kept], reference[measure][kept], groups[kept])
        found[measure] = {**asdict(pair), "verdict": pair.verdict(MARGIN).value}
    return found


def by_label(candidate: Right, reference: Right, photos: Photos) -> dict[str, Any]:
    """Compare with whole labels drawn anew: the coarsest groups there are."""
    _, label = np.unique(np.array(photos.labels), return_inverse=True)
    return against(candidate, reference, label.astype(np.int64))


def accepted(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> bool:
    """Say whether a candidate is not worse in any measure of any set."""
    return all(one["verdict"] == Verdict.NOT_WORSE for of_set in found.values() for one in of_set.values())


def between_films(right: Right, photos: Photos) -> dict[str, float]:
    """Say how often the same fruit is right in two films of it: what a second shoot changes, by one artifact alone."""
    labels, apart = np.array(photos.labels), []
    for label in sorted(set(photos.labels)):
        films = [right[AT_ONCE][(labels == label) & (photos.folds == fold)] for fold in np.unique(photos.folds)]
        shares = [float(film.mean()) for film in films if len(film) >= LEAST_FRAMES]
        if len(shares) >= 2:
            apart.append(abs(shares[0] - shares[1]))
    return {
        "labels": len(apart),
        "mean_apart": float(np.mean(apart)) if apart else 0.0,
        "labels_over_margin": int((np.array(apart) > MARGIN).sum()),
    }
