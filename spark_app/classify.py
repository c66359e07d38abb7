"""The first classification engine, with no training: which class's mean lies in a photo's direction (pure).

Directions are taken from the mean of all photos, in the coordinates of the PCA. It may say that it does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.classes import ClassSums
from spark_app.moments import Floats, Rows
from spark_app.pca import Model
from spark_app.sealed import seal, unseal

SUGGESTIONS = 3
LEAST_PHOTOS = 2
"""Photos of a class: one photo's direction says little about a fruit."""
PRECISION = 0.9
"""How often an answer that is given should be right."""

Unit = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """What a photo is held against. Of the model with k components of width d: see `pca.Model`.

    `centroids` float32 (L, k), unit rows, one a label; `threshold`: a lower similarity is an "unknown".
    """

    version: str
    artifact_sha256: str
    model_mean: Floats
    scale: Floats
    components: Floats
    labels: tuple[str, ...]
    centroids: Unit
    threshold: float

    def suggest(self, features: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return the classes nearest to rows (n, d), best first: indices into `labels` and cosines, (n, up to 3)."""
        centred = (features.astype(np.float64) - self.model_mean) / self.scale
        return nearest(_unit(centred @ self.components.T), self.centroids, SUGGESTIONS)

    def known(self, similarities: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Say for each row of `suggest`'s similarities whether the best one is an answer, (n,)."""
        if not similarities.shape[1]:
            return np.zeros(len(similarities), np.bool_)
        return similarities[:, 0] >= np.float32(self.threshold)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What held-out photos say: the threshold, and shares of them: right at once, right among three, "unknown"."""

    threshold: float
    top1: float
    top3: float
    unknown: float
    photos: int


def build(model: Model, sums: ClassSums, threshold: float, version: str, artifact_sha256: str) -> Classifier:
    """Return the classifier of a model: the mean of each class of at least two photos, as a direction."""
    large = sums.counts >= LEAST_PHOTOS
    labels = tuple(label for label, keep in zip(sums.labels, large, strict=True) if keep)
    centroids = _unit(model.project(sums.means()[large]))
    return Classifier(version, artifact_sha256, model.mean, model.scale, model.components, labels, centroids, threshold)


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
    order, similarity = nearest(_unit(coordinates[out]), _unit(sums), SUGGESTIONS)
    right = kept[order] == names[out][:, None]
    places = np.where(right.any(axis=1), right.argmax(axis=1), SUGGESTIONS)
    return places, similarity[:, 0]


def _threshold(best: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], precision: float) -> float:
    order = np.argsort(-best, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_its_value = np.append(best[order][:-1] > best[order][1:], True)  # equal similarities are answered alike
    enough = np.flatnonzero((shares >= precision) & last_of_its_value)
    return float(best[order[enough[-1] if len(enough) else 0]])


def nearest(rows: Unit, centroids: Unit, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the `count` centroids nearest to each row by cosine, best first; of equal ones the first."""
    similarity = rows @ centroids.T
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(similarity, order, axis=1)


def _unit(rows: Rows) -> Unit:
    wide = rows.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.maximum(lengths, np.finfo(np.float64).tiny), np.float32)


def encode(classifier: Classifier) -> bytes:
    """Write a classifier as a sealed `.npz`."""
    return seal(
        {
            "version": np.array(classifier.version),
            "artifact_sha256": np.array(classifier.artifact_sha256),
            "mean": classifier.model_mean,
            "scale": classifier.scale,
            "components": classifier.components,
            "labels": np.array(classifier.labels, dtype=np.str_),
            "centroids": classifier.centroids,
            "threshold": np.array(classifier.threshold),
        }
    )


def decode(data: bytes) -> Classifier:
    """Read what `encode` wrote. Raises GiveUp where the bytes are damaged."""
    found = unseal(data, "the classifier")
    mean, scale, components = (np.asarray(found[name], np.float64) for name in ("mean", "scale", "components"))
    return Classifier(
        version=str(found["version"]),
        artifact_sha256=str(found["artifact_sha256"]),
        model_mean=mean,
        scale=scale,
        components=components,
        labels=tuple(map(str, found["labels"])),
        centroids=np.asarray(found["centroids"], np.float32),
        threshold=float(found["threshold"]),
    )
