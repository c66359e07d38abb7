"""A table `photos` for tests of the refit: feature rows of a few numbers, made by hand, and the job over them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import SparkSession

from contracts.errors import RetryLater
from contracts.tables.photos import COLUMNS
from spark_app import refit_job
from spark_app.lake import changes, tables
from spark_app.models.store import ModelStore, Published
from spark_app.pca import moments
from spark_app.pca.fit import FitSettings
from spark_app.pca.moments import Moments
from spark_app.refit.report import RefitReport
from spark_app.refit_job import Arguments
from spark_app.stores.buckets import StoreSettings

WIDTH = 8
ARTIFACT = "a" * 64
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCHEMA = ", ".join(f"`{column.name}` {column.type}" for column in COLUMNS)

Features = npt.NDArray[np.float32]


def some_features(seed: int, count: int, width: int = WIDTH) -> Features:
    """Correlated, uncentred features, as those of a network are."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).normal(size=(width, width)) * np.geomspace(2.0, 0.1, width)[:, None]
    return (3.0 + rng.normal(size=(count, width)) @ mixing).astype(np.float32)


class Gallery:
    """The table, the models beside it, and the job between them."""

    def __init__(self, spark: SparkSession, folder: Path, table: str | None = None) -> None:
        self.spark, self.folder = spark, folder
        self.table = table or f"fruits.refit.photos_{uuid4().hex[:8]}"
        self.reduced = self.table.replace("photos_", "reduced_")
        self.models = folder / "models"
        self.store = ModelStore.at(str(self.models), StoreSettings())
        tables.ensure_photos(spark, self.table)

    def put(
        self,
        batch: str,
        features: Features | list[list[float] | None],
        labels: Sequence[str | None] | None = None,
        artifact: str = ARTIFACT,
        hours: int = 0,
    ) -> int:
        """Replace a batch; a photo's id is the batch and its place in it. Returns the snapshot."""
        rows = [None if row is None else np.asarray(row, np.float32) for row in features]
        now = NOW + timedelta(hours=hours)
        given: dict[str, Any] = {
            "photo_id": [f"{batch}-{number:04d}" for number in range(len(rows))],
            "batch_id": batch, "bucket": "photos", "key": "k", "size_bytes": 1,
            "label": list(labels) if labels is not None else None,
            "received_at": [now + timedelta(seconds=number) for number in range(len(rows))],
            "rejection": ["corrupt" if row is None else None for row in rows],
            "features": rows, "backbone": "test", "artifact_sha256": artifact, "extracted_at": now,
        }  # fmt: skip
        frame = pd.DataFrame({column.name: given.get(column.name) for column in COLUMNS}, index=range(len(rows)))
        self.spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        made = self.spark.createDataFrame(frame, SCHEMA)
        since = tables.current_snapshot(self.spark, self.table)
        try:
            return tables.replace_batch(made.coalesce(1), self.table, batch, since, uuid4().hex)
        except RetryLater:  # a compaction laid several batches into one file, and Iceberg replaces whole files
            self.delete(f"batch_id = '{batch}'")
            made.coalesce(1).writeTo(self.table).append()
        return tables.current_snapshot(self.spark, self.table) or 0

    def delete(self, condition: str) -> None:
        self.spark.sql(f"DELETE FROM {self.table} WHERE {condition}")  # noqa: S608  tests of ours

    def compact(self) -> None:
        """Rewrite all files into one."""
        name = self.table.removeprefix("fruits.")
        options = "map('rewrite-all', 'true')"
        self.spark.sql(f"CALL fruits.system.rewrite_data_files(table => '{name}', options => {options})")

    def forget_the_past(self) -> None:
        name = self.table.removeprefix("fruits.")
        everything = "older_than => TIMESTAMP '2999-01-01', retain_last => 1"
        self.spark.sql(f"CALL fruits.system.expire_snapshots(table => '{name}', {everything})")

    def arguments(self, **more: Any) -> Arguments:
        given = {"settings": FitSettings(variance=0.9), **more}
        return Arguments(self.table, self.reduced, str(self.models), StoreSettings(), **given)

    def refit(self, store: ModelStore | None = None, **more: Any) -> RefitReport:
        return refit_job.run(self.spark, self.arguments(**more), store or self.store, uuid4().hex, NOW)

    def matrix(self) -> dict[str, Features]:
        """The table `reduced` as everybody sees it."""
        return {row.photo_id: np.array(row.pcs) for row in self.spark.table(self.reduced).collect()}

    def expected(self, snapshot_id: int | None = None, artifact: str = ARTIFACT) -> Moments:
        """The moments by numpy alone, over rows that were collected."""
        pinned = snapshot_id or tables.current_snapshot(self.spark, self.table)
        assert pinned is not None
        rows = changes.features_at(self.spark, self.table, pinned).where(f"artifact_sha256 = '{artifact}'")
        found = rows.select("features").toPandas().features.tolist()
        whole = np.stack([np.asarray(row, np.float64) for row in found])
        centred = whole - whole.mean(axis=0)
        return Moments(len(whole), whole.mean(axis=0), centred.T @ centred)


def assert_same_moments(found: Moments, expected: Moments, tolerance: float = 1e-9) -> None:
    """Counts equal; means and scatter within `tolerance` of the largest number in each."""
    assert found.count == expected.count
    for ours, theirs in ((found.mean, expected.mean), (found.scatter, expected.scatter)):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * float(np.abs(theirs).max()))


def merged(parts: Sequence[Features]) -> Moments:
    return reduce(moments.merge, map(moments.of_rows, parts))


def latest(gallery: Gallery) -> Published:
    found = gallery.store.latest()
    assert found is not None
    return found


def some_labels(count: int) -> list[str]:
    return [["apple", "pear", "quince"][number % 3] for number in range(count)]
