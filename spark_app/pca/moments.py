"""Count, mean and centred scatter of rows: a PCA needs nothing else. They are exact and mergeable (pure).

Everything is float64. Two sets of rows merge by the rule of T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating
formulae and a pairwise algorithm for computing sample variances", Stanford STAN-CS-79-773 (1979), here for a matrix.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32] | npt.NDArray[np.float64]

BLOCK = 4096
"""Rows: 42 MB at 1280 features. The product of a block then costs ten times what merging it does."""


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
    """Return the moments of rows (n, d).

    Raises:
        ValueError: a value is NaN or infinite.
    """
    found = RunningMoments(rows.shape[1], max(1, len(rows)))
    if not found.add(rows):
        raise ValueError("a value is NaN or infinite")
    return found.moments()


class RunningMoments:
    """The moments of rows that come bit by bit. It works in place: fresh memory would take as long as the sums.

    Rows are gathered to blocks of `BLOCK`. Each block is centred before it is multiplied, and merged by the rule of
    `merge`: to subtract n times the mean's outer product from a raw Gram matrix would cancel digits where the mean is
    large.
    """

    def __init__(self, width: int, block: int = BLOCK) -> None:
        self._count, self._mean, self._scatter = 0, np.zeros(width), np.zeros((width, width))
        self._block, self._filled, self._square = np.empty((block, width)), 0, np.empty((width, width))

    def add(self, rows: Rows) -> bool:
        """Add rows (n, d); False, and none is added, if a value is NaN or infinite."""
        with np.errstate(invalid="ignore"):  # infinity minus infinity
            sums = np.add.reduce(rows, axis=0, dtype=np.float64)
        # A NaN or an infinity anywhere reaches the sums, so d numbers are checked and not n x d.
        if not np.isfinite(sums).all():
            return False
        taken = 0
        while taken < len(rows):
            part = rows[taken : taken + len(self._block) - self._filled]
            self._block[self._filled : self._filled + len(part)] = part
            taken, self._filled = taken + len(part), self._filled + len(part)
            if self._filled == len(self._block):
                self._merge_block()
        return True

    def _merge_block(self) -> None:
        block, self._filled = self._block[: self._filled], 0
        mean = block.mean(axis=0)
        block -= mean
        self._scatter += np.matmul(block.T, block, out=self._square)  # one BLAS syrk: NumPy sees one matrix in both
        count, apart = self._count + len(block), mean - self._mean
        if self._count:
            weighted = apart * (self._count * len(block) / count)
            self._scatter += np.multiply(apart[:, None], weighted, out=self._square)
        self._mean = self._mean + apart * (len(block) / count)
        self._count = count

    def moments(self) -> Moments:
        """Return the moments of all rows so far."""
        if self._filled:
            self._merge_block()
        return Moments(self._count, self._mean.copy(), self._scatter.copy())


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
