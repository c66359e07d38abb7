"""The spaces that photos and classes can be compared in, each learnt from the training photos alone (pure).

All are affine maps, then the cosine. The whitening within classes is Fisher's discriminant without its last step, with
a ridge as in J. H. Friedman, "Regularized Discriminant Analysis", JASA 84 (1989).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from spark_app.pca import moments
from spark_app.pca.fit import FitSettings, fit

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
VARIANCE = 0.95
RIDGE = 0.1
"""Of the mean variance within classes: the directions that are steadiest within classes are not blown up."""


@dataclass(frozen=True)
class Space:
    """Rows (n, d) to (n, k): minus `mean`, times `matrix`; first to length 1 where `unit`."""

    mean: Floats
    matrix: Floats
    unit: bool = False

    def of(self, rows: Floats) -> Floats:
        """Return the coordinates of rows."""
        return ((normalised(rows) if self.unit else rows) - self.mean) @ self.matrix


Learn = Callable[[Floats, Places], Space]


def normalised(rows: Floats) -> Floats:
    """Scale each row to length 1."""
    scaled: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return scaled


def class_means(rows: Floats, places: Places, classes: int) -> tuple[Floats, Floats]:
    """Return the means (L, d) of classes 0..L-1 and how many rows each has (L,)."""
    counts = np.bincount(places, minlength=classes).astype(np.float64)
    sums = np.zeros((classes, rows.shape[1]))
    np.add.at(sums, places, rows)
    return sums / np.maximum(counts, 1)[:, None], counts


def raw(rows: Floats, places: Places) -> Space:  # noqa: ARG001
    """The features as they are."""
    return Space(np.zeros(rows.shape[1]), np.eye(rows.shape[1]))


def centred(rows: Floats, places: Places) -> Space:  # noqa: ARG001
    """Seen from the mean of all photos."""
    return Space(rows.mean(axis=0), np.eye(rows.shape[1]))


def principal(rows: Floats, places: Places, power: float = 0.0, unit: bool = False) -> Space:  # noqa: ARG001
    """The model's own: components that keep 95 % of the variance; each divided by its deviation to a `power`."""
    model = fit(moments.of_rows(normalised(rows) if unit else rows), FitSettings(variance=VARIANCE))
    return Space(model.mean, model.components.T / model.variances ** (power / 2), unit)


def within(rows: Floats, places: Places, ridge: float = RIDGE, unit: bool = False) -> Space:
    """The model's components, then directions in which photos of one class differ are shrunk to equal variances."""
    space = principal(rows, places, unit=unit)
    points = space.of(rows)
    means, counts = class_means(points, places, int(places.max()) + 1)
    apart = points - means[places]
    covariance = apart.T @ apart / (len(rows) - int((counts > 0).sum()))
    values, vectors = np.linalg.eigh(covariance)
    shrunk = vectors / np.sqrt(values.clip(0) + ridge * values.mean())
    return Space(space.mean, space.matrix @ shrunk, unit)


PRINCIPAL = "centred PCA, 95 %"
SPACES: Mapping[str, Learn] = {
    PRINCIPAL: principal,
    "centred PCA, 95 %, rows of length 1": partial(principal, unit=True),
    "raw features": raw,
    "centred features": centred,
    "PCA, half whitened": partial(principal, power=0.5),
    "PCA, whitened": partial(principal, power=1.0),
    "PCA, whitened, rows of length 1": partial(principal, power=1.0, unit=True),
    "PCA, whitened within classes": within,
    "PCA, whitened within classes, a ridge of 1": partial(within, ridge=1.0),
    "PCA, whitened within classes, rows of length 1": partial(within, unit=True),
}
