"""The peer scikit-learn, in one process on a matrix in memory, float64, BLAS on all cores.

`--solver full` (a singular value decomposition, the reference of all variances), `covariance_eigh`, or `incremental`.
"""

import argparse
import sys

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.dataset as ds
from sklearn.decomposition import PCA, IncrementalPCA

from benchmarks.pca.arms.common import COMPONENTS, Arm, parse_arm


def matrix(given: Arm) -> npt.NDArray[np.float64]:
    """Read the base snapshot's features from the table's files, (n, d)."""
    files = ds.dataset(given.folder / "warehouse" / "bench" / f"photos_{given.rows}" / "data", format="parquet")
    found: npt.NDArray[np.float64] | None = None
    end = 0
    for batch in files.to_batches(columns=["features"], filter=pc.field("batch_id") == "batch-0"):
        if batch.num_rows:
            part = batch.column(0).flatten().to_numpy().reshape(batch.num_rows, -1)
            found = np.empty((given.rows, part.shape[1])) if found is None else found
            found[end : (end := end + len(part))] = part
    if found is None or end != given.rows:
        raise RuntimeError(f"{end} rows were read, not {given.rows}")
    return found


def main() -> None:
    """Measure."""
    solver = argparse.ArgumentParser()
    solver.add_argument("--solver", required=True)
    chosen, sys.argv[1:] = solver.parse_known_args()
    given, name = parse_arm(), f"sklearn_{chosen.solver}"
    with given.timed("reading"):
        rows = matrix(given)
    with given.timed("fit"):
        if chosen.solver == "incremental":
            fitted = IncrementalPCA(COMPONENTS, copy=False).fit(rows)
        else:
            fitted = PCA(COMPONENTS, svd_solver=chosen.solver, copy=False).fit(rows)
    given.keep(name, fitted.explained_variance_)
    np.save(given.folder / f"shares-{name}-{given.rows}.npy", fitted.explained_variance_ratio_)
    given.say()


if __name__ == "__main__":
    main()
