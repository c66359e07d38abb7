"""The labelled photos that the suggestions are tried on: a bounded sample, spread evenly over labels and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

LEAST = 8
"""Minimum photos per label, four in each half, when many labels compete for `LIMIT`."""
LIMIT = 4096
"""Photos of the sample: 8 MB on the driver at 512 coordinates; a share of 0.9 is then known to 0.01 (two sigma)."""


@dataclass(frozen=True)
class HeldOut:
    """Coordinates f32 (n, k), with a label for each row."""

    coordinates: npt.NDArray[np.float32]
    labels: list[str]


def held_out(reduced: DataFrame, photos: DataFrame, limit: int = LIMIT) -> HeldOut:
    """Return at most `limit` rows of `reduced`, spread evenly over the labels and over each label's time.

    `photos` is the snapshot that `reduced` was projected from. It knows when a photo was received.
    """
    chosen = F.broadcast(_chosen(photos, limit))
    rows = reduced.join(chosen, "photo_id").select("photo_id", "label", "pcs")
    # Sorted, because Spark's order depends on the files, and sums of floats depend on the order.
    found = rows.toPandas().sort_values("photo_id")
    return HeldOut(_stacked(found.pcs.tolist()), found.label.tolist())


def unlabelled(reduced: DataFrame, limit: int = LIMIT) -> npt.NDArray[np.float32]:
    """Return the coordinates f32 (n, k) of any `limit` rows, to be drawn where no photo has a label."""
    return _stacked(reduced.select("pcs").limit(limit).toPandas().pcs.tolist())


def _stacked(rows: list[Any]) -> npt.NDArray[np.float32]:
    return np.stack([np.asarray(row, np.float32) for row in rows]) if rows else np.empty((0, 0), np.float32)


def _chosen(photos: DataFrame, limit: int) -> DataFrame:
    """Return the `photo_id` of the photos to take. Reads no features."""
    labelled = photos.where(F.col("label").isNotNull()).select("photo_id", "label", "received_at")
    counts = {row["label"]: row["count"] for row in labelled.groupBy("label").count().collect()}
    labels, quota = fair_share(counts, limit)
    by_time = Window.partitionBy("label").orderBy("received_at", "photo_id")
    ranked = labelled.where(F.col("label").isin(labels)).withColumns(
        {"rank": F.row_number().over(by_time), "count": F.count("*").over(Window.partitionBy("label"))}
    )
    # The r-th of c is taken where r * quota / c passes a whole number. So they are spread evenly; if c <= quota, all
    # are.
    passes = f"count <= {quota} OR floor(rank * {quota} / count) > floor((rank - 1) * {quota} / count)"
    return ranked.where(passes).select("photo_id")


def fair_share(counts: Mapping[str, int], limit: int) -> tuple[list[str], int]:
    """Return the labels to take, and how many photos of each at most (pure).

    A label needs two photos. Where `limit` is too small for `LEAST` photos of each label, the largest labels are taken.
    """
    labels = sorted((label for label, count in counts.items() if count > 1), key=lambda one: (-counts[one], one))
    quota = max(LEAST, limit // max(1, len(labels)))
    return labels[: limit // quota], quota
