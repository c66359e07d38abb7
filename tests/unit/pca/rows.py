"""Rows for the PCA's tests, and the history of a table that they come and go in."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spark_app.pca.classes import ClassSums
from spark_app.pca.moments import Moments

Rows = npt.NDArray[np.float64]


def rows(count: int, width: int = 12, seed: int = 0, mean: float = 0.0) -> Rows:
    """Rows whose directions differ clearly in variance."""
    random = np.random.default_rng(seed)
    turned = np.linalg.qr(random.normal(size=(width, width)))[0]
    return np.asarray(mean + random.normal(size=(count, width)) * (2.0 ** -np.arange(width)) @ turned)


def labels(count: int, classes: int = 5) -> list[str | None]:
    """Labels in turn; the last in turn is none."""
    return [None if n % (classes + 1) == classes else f"fruit {n % (classes + 1)}" for n in range(count)]


def assert_same_moments(found: Moments, expected: Moments, tolerance: float = 1e-9) -> None:
    assert found.count == expected.count
    size = max(1e-300, float(np.abs(expected.scatter).max()), float(np.abs(expected.mean).max()))
    np.testing.assert_allclose(found.mean, expected.mean, atol=tolerance * size)
    np.testing.assert_allclose(found.scatter, expected.scatter, atol=tolerance * size)


def assert_same_classes(found: ClassSums, expected: ClassSums) -> None:
    assert found.labels == expected.labels
    assert found.counts.tolist() == expected.counts.tolist()
    np.testing.assert_allclose(found.sums, expected.sums, atol=1e-9)


def cut(rows: Rows, places: Sequence[int]) -> list[Rows]:
    """Cut rows at places, which may be equal or out of order."""
    return np.split(rows, sorted(min(place, len(rows)) for place in places))
