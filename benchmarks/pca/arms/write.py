"""Writes the table; not measured."""

import numpy as np

from benchmarks.pca.arms.common import open_session, parse_arm
from benchmarks.pca.table import written
from infra.samples.features import Features


def main() -> None:
    """Write."""
    given = parse_arm()
    held = np.load(given.folder / "features.npz")
    features = Features(held["rows"], held["names"].tolist(), str(held["artifact_sha256"]))
    spark = open_session(given.folder)
    written(spark, features, given.rows, given.folder)
    spark.stop()
    given.say()


if __name__ == "__main__":
    main()
