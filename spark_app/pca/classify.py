"""A classifier that needs no training: it suggests the classes whose means lie in a photo's direction (pure).

A direction starts at the mean of all photos, in PCA coordinates that are shrunk where photos of one class differ (a
regularized discriminant: J. H. Friedman, Journal of the American Statistical Association 84, 1989). The answer may be
"unknown".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_app.pca.classes import ClassSums, of_labelled
from spark_app.pca.fit import Model
from spark_app.pca.moments import Floats, Rows
from spark_app.pca.sealed import seal, unseal

SUGGESTIONS = 3
LEAST_PHOTOS = 2
"""Minimum photos of a class: one photo's direction says little about a fruit."""
RIDGE = 0.1
"""Share of the mean variance within classes. It bounds how far a direction that hardly varies is stretched."""

Unit = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """The class directions that a photo is compared with, and the map of a model (`fit.Model`) that leads to them.

    `model_mean` and `scale` float64 (d,); `components` float64 (k, d); `centroids` float32 (L, k): one unit row a
    label. A similarity below `threshold` means "unknown".
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
        return nearest(unit(centred @ self.components.T), self.centroids, SUGGESTIONS)

    def known(self, similarities: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Return (n,) for similarities (n, up to 3) of `suggest`: whether a row's best one is an answer."""
        if not similarities.shape[1]:
            return np.zeros(len(similarities), np.bool_)
        return similarities[:, 0] >= np.float32(self.threshold)


def build(
    model: Model,
    sums: ClassSums,
    threshold: float,
    version: str,
    artifact_sha256: str,
    shrinking: Floats | None = None,
) -> Classifier:
    """Return the classifier of a model: the direction of each class's mean, for classes of at least two photos.

    `shrinking` (k, k) is the `whitening` of the photos that the threshold was calibrated on; the two belong together.
    It is multiplied into the components, whose rows then no longer have length 1.
    """
    large = sums.counts >= LEAST_PHOTOS
    labels = tuple(label for label, keep in zip(sums.labels, large, strict=True) if keep)
    turn = np.eye(len(model.components)) if shrinking is None else shrinking
    centroids = unit(model.project(sums.means()[large]) @ turn)
    components = turn.T @ model.components
    return Classifier(version, artifact_sha256, model.mean, model.scale, components, labels, centroids, threshold)


def whitening(coordinates: Rows, labels: Sequence[str]) -> Floats:
    """Return the map (k, k) for coordinates (n, k), z to z @ map, after which classes spread alike in all directions.

    It is (S + r I)^(-1/2) up to a rotation, which changes no cosine: S is the covariance within classes, r is `RIDGE`
    times its mean variance. It is the identity where photos of one class do not differ.
    """
    wide = coordinates.astype(np.float64)
    classes = of_labelled(wide, labels)
    of_row = np.searchsorted(np.array(classes.labels, dtype=object), np.array(labels, dtype=object))
    wide -= classes.means()[of_row]
    values, vectors = np.linalg.eigh(wide.T @ wide / max(1, len(wide) - len(classes.labels)))
    ridge = RIDGE * float(values.mean())
    return vectors / np.sqrt(values.clip(0) + ridge) if ridge > 0 else np.eye(wide.shape[1])


def nearest(rows: Unit, centroids: Unit, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the `count` centroids (L, k) nearest to each unit row (n, k), best first; of equal ones the first.

    Both arrays are (n, min(count, L)): indices of centroids, and cosines.
    """
    similarity = rows @ centroids.T
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(similarity, order, axis=1)


def unit(rows: Rows) -> Unit:
    """Return rows (n, k) scaled to length 1; a row of zeros stays a row of zeros."""
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
    """Read what `encode` wrote.

    Raises:
        GiveUp: the bytes are damaged, or hold something else.
    """
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
