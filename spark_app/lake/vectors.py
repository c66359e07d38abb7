"""Convert between Arrow's lists of floats and NumPy matrices, without a copy (pure)."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spark_app.pca.fit import FitOutcome


class UnusableRowError(Exception):
    """The first row of a block that no model can be fitted on: its index, and what is wrong."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index, self.problem = index, problem


def matrix(features: pa.ListArray) -> npt.NDArray[np.float32]:
    """Return n >= 1 lists of d features as float32 (n, d): a view of Arrow's buffer.

    Raises:
        UnusableRowError: a row has no features, another width than the first, or a null among them.
    """
    if features.null_count:
        raise UnusableRowError(int(np.flatnonzero(features.is_null().to_numpy(False))[0]), "it has no features")
    lengths = np.diff(features.offsets.to_numpy())
    if (lengths != lengths[0]).any():
        index = int(np.flatnonzero(lengths != lengths[0])[0])
        raise UnusableRowError(index, f"{lengths[index]} features, {lengths[0]} in the row before")
    flat = features.flatten()
    if flat.null_count:
        index = int(np.flatnonzero(flat.is_null().to_numpy(False))[0] // lengths[0])
        raise UnusableRowError(index, FitOutcome.NOT_FINITE)
    values: npt.NDArray[np.float32] = flat.to_numpy(zero_copy_only=True).reshape(len(features), int(lengths[0]))
    return values


def lists(rows: npt.NDArray[Any]) -> pa.ListArray:
    """Return a matrix (n, d) as a column of n lists of d values; a contiguous matrix is not copied."""
    count, width = rows.shape
    # arange by count, so width 0 still gives `count` empty lists.
    ends = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(rows.ravel()))
