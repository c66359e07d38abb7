"""Which photos are held out together, so that near-identical ones are never on both sides (pure).

A split is a fold for each photo; a photo is held against the classes of the other folds' photos.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.backbones.measure import normalised

Folds = npt.NDArray[np.int64]
Rows = npt.NDArray[np.float32]
FOLDS = 4
SAME_SCENE = 0.88
"""Cosine of two photos' features from which on they may show one pile of fruit; by eye, see README.md."""
_FILM = re.compile(r"(r\d*_|film\d+--)?\d+_100\.jpg$")
"""The prefix of the source, or of the photos that the project carries."""


def by_film(names: Sequence[str]) -> Folds:
    """Fruits-360: a fold a film, told by the name's prefix: none, `r_`, `r2_`, `r3_` are turns about different axes.

    The carried photos name their films: `film1--`, `film2--`.

    Raises:
        ValueError: a name is not of that form.
    """
    films = []
    for name in names:
        found = _FILM.search(name)
        if found is None:
            raise ValueError(f"{name} is no frame of a Fruits-360 film")
        films.append(found.group(1) or "")
    order = {film: fold for fold, film in enumerate(sorted(set(films)))}
    return np.array([order[film] for film in films])


def by_scene(rows: Rows, labels: Sequence[str], bound: float = SAME_SCENE, count: int = FOLDS) -> Folds:
    """Photos of shops: whole scenes to a fold.

    No pair of a label's photos with a cosine of `bound` or more is on both sides.
    """
    named, scene = np.array(labels), scenes(rows, labels, bound)
    folds = np.zeros(len(rows), np.int64)
    for label in sorted(set(labels)):
        of_label = scene[named == label]
        load = np.zeros(count)
        # The largest scene first, to the emptiest fold.
        for one in sorted(set(of_label.tolist()), key=lambda one: (-int((of_label == one).sum()), one)):
            fold = int(load.argmin())
            load[fold] += (of_label == one).sum()
            folds[scene == one] = fold
    return folds


def scenes(rows: Rows, labels: Sequence[str], bound: float = SAME_SCENE) -> Folds:
    """Return for each photo of a shop the first one of its scene: photos of a label that cosines >= `bound` link."""
    named, unit = np.array(labels), normalised(rows)
    found = np.zeros(len(rows), np.int64)
    for label in set(labels):
        places = np.flatnonzero(named == label)
        found[places] = places[linked(unit[places] @ unit[places].T >= bound)]
    return found


def linked(near: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return for each of n things, `near` (n, n) symmetric, the first one that a chain links it to."""
    number = np.arange(len(near))
    while True:
        lowest = np.minimum(number, np.where(near, number[None, :], len(near)).min(axis=1))
        if (lowest == number).all():
            return number
        number = lowest


def stretches(labels: Sequence[str], count: int) -> Folds:
    """Cut each label's photos, in the order given, into stretches, as one would by time."""
    named = np.array(labels)
    folds = np.zeros(len(labels), np.int64)
    for label in set(labels):
        places = np.flatnonzero(named == label)
        folds[places] = np.arange(len(places)) * count // len(places)
    return folds


def at_random(photos: int, seed: int, count: int = FOLDS) -> Folds:
    """The split that flatters: neighbouring frames on both sides."""
    return np.random.default_rng(seed).permutation(photos) % count
