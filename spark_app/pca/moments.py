"""Count, mean and centred scatter of rows: a PCA needs nothing else. They are exact and mergeable (pure).

Everything is float64. Two sets of rows merge by the rule of T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating
formulae and a pairwise algorithm for computing sample variances", Stanford STAN-CS-79-773 (1979), here for a matrix.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """`mean` float64 (d,); `scatter` float64 (d, d), symmetric: the sum of the outer products of row - mean."""

    count: int
    mean: Floats
    scatter: Floats


def empty(width: int) -> Moments:
    """Return the moments of no rows."""
    return Moments(0, np.zeros(width), np.zeros((width, width)))


def of_rows(rows: Rows) -> Moments:
    """Return the moments of rows (n, d), in two passes: the rows are centred before they are multiplied.

    Subtracting n times the mean's outer product from a raw Gram matrix instead would cancel digits where the mean is
    large.
    """
    if not len(rows):
        return empty(rows.shape[1])
    wide = rows.astype(np.float64)
    mean = wide.mean(axis=0)
    wide -= mean
    return Moments(len(rows), mean, wide.T @ wide)  # one BLAS syrk: NumPy sees that both are one matrix


def merge(a: Moments, b: Moments) -> Moments:
    """Return the moments of both sets of rows together. The order of merging decides the last digits."""
    if not a.count or not b.count:
        return a if a.count else b
    count = a.count + b.count
    apart = b.mean - a.mean
    mean = a.mean + apart * (b.count / count)
    scatter = a.scatter + b.scatter
    scatter += np.outer(apart, apart) * (a.count * b.count / count)
    return Moments(count, mean, scatter)


def without(whole: Moments, part: Moments) -> Moments:
    """Return the moments of `whole` without the rows of `part`, which it contains: the inverse of `merge`.

    Each subtraction costs digits, so the caller must bound how many rows it removes before the next full pass.

    Raises:
        ValueError: `part` has more rows than `whole`.
    """
    count = whole.count - part.count
    if count < 0:
        raise ValueError(f"{part.count} rows cannot be taken from {whole.count}")
    if not part.count or not count:
        return whole if count else empty(len(whole.mean))
    mean = whole.mean + (whole.mean - part.mean) * (part.count / count)
    apart = part.mean - mean
    scatter = whole.scatter - part.scatter
    scatter -= np.outer(apart, apart) * (count * part.count / whole.count)
    return Moments(count, mean, scatter)
