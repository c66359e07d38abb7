"""The moments that a model was made of, as a file: the next refit goes on from them (pure)."""

from dataclasses import dataclass

import numpy as np

from spark_app.pca.classes import ClassSums
from spark_app.pca.moments import Floats, Moments
from spark_app.pca.sealed import seal, unseal


@dataclass(frozen=True)
class State:
    """Moments, and the rows they are of: those of one artifact in one snapshot of one table.

    `deleted_since_full`: rows taken away since all rows were read; each costs digits.
    """

    table: str
    snapshot_id: int
    backbone: str
    artifact_sha256: str
    moments: Moments
    classes: ClassSums
    deleted_since_full: int


def encode(state: State) -> bytes:
    """Write a state; of the symmetric scatter only one triangle: 6.6 MB at 1280 features."""
    width = len(state.moments.mean)
    return seal(
        {
            "table": np.array(state.table),
            "snapshot_id": np.array(state.snapshot_id),
            "backbone": np.array(state.backbone),
            "artifact_sha256": np.array(state.artifact_sha256),
            "deleted_since_full": np.array(state.deleted_since_full),
            "count": np.array(state.moments.count),
            "mean": state.moments.mean,
            "scatter": state.moments.scatter[np.triu_indices(width)],
            "labels": np.array(state.classes.labels, dtype=np.str_),
            "label_counts": state.classes.counts,
            "label_sums": state.classes.sums,
        }
    )


def decode(data: bytes) -> State:
    """Read what `encode` wrote.

    Raises:
        GiveUp: the bytes are damaged, or no state.
    """
    found = unseal(data, "the state of a model's moments")
    mean = np.asarray(found["mean"], np.float64)
    return State(
        table=str(found["table"]),
        snapshot_id=int(found["snapshot_id"]),
        backbone=str(found["backbone"]),
        artifact_sha256=str(found["artifact_sha256"]),
        moments=Moments(int(found["count"]), mean, _square(np.asarray(found["scatter"], np.float64), len(mean))),
        classes=ClassSums(
            tuple(map(str, found["labels"])),
            np.asarray(found["label_counts"], np.int64),
            np.asarray(found["label_sums"], np.float64),
        ),
        deleted_since_full=int(found["deleted_since_full"]),
    )


def _square(triangle: Floats, width: int) -> Floats:
    square = np.zeros((width, width))
    square[np.triu_indices(width)] = triangle
    square += np.triu(square, 1).T
    return square
