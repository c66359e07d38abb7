"""A lake for tests: photos in a folder or any other store, a table, and the extract job between them."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
from pyspark.sql import SparkSession

from contracts.photos.manifest import Photo, encode, photo_id
from contracts.photos.results import Result, decode, key
from infra.samples.files.hostile import good_files
from spark_app import extract_job
from spark_app.extract.attempt import Progress
from spark_app.extract.chunks import SECONDS
from spark_app.extract.report import ExtractReport
from spark_app.extract_job import Arguments, log_progress
from spark_app.lake import tables
from spark_app.stores.buckets import StoreSettings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


Rows = dict[str, tuple[str | None, list[float] | None]]


class Lake:
    """A folder of photos, a table, and the job between them."""

    def __init__(self, spark: SparkSession, folder: Path, artifact: Path) -> None:
        self.spark, self.folder, self.artifact = spark, folder, artifact
        self.store = StoreSettings(folder=f"file://{folder}")
        self.table = f"fruits.lake.photos_{uuid4().hex[:8]}"
        self.models: str | None = None
        (folder / "photos").mkdir()

    def put(self, key: str, data: bytes) -> Photo:
        target = self.folder / "photos" / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return Photo(photo_id("photos", key, None), "photos", key, len(data), "2026-11-23T10:00:00Z", owner_id="o1")

    def run(
        self,
        photos: list[Photo],
        batch: str = "b",
        partitions: int | None = None,
        engine: str = "litert",
        results: bool = False,
        again: bool = False,
        chunk_seconds: float = SECONDS,
        progress: Progress = log_progress,
    ) -> ExtractReport:
        return self.run_manifest(
            encode(batch, photos), batch, partitions, engine, results, again, chunk_seconds, progress
        )

    def run_manifest(
        self,
        data: bytes,
        batch: str = "b",
        partitions: int | None = None,
        engine: str = "litert",
        results: bool = True,
        again: bool = False,
        chunk_seconds: float = SECONDS,
        progress: Progress = log_progress,
    ) -> ExtractReport:
        manifest = self.folder / f"{batch}.jsonl"
        manifest.write_bytes(data)
        where = str(self.folder / "results") if results else None
        sizes = (again, chunk_seconds)
        arguments = Arguments(
            str(manifest), self.table, str(self.artifact), engine, partitions, self.store, where, self.models, *sizes
        )
        return extract_job.run(self.spark, arguments, uuid4().hex, NOW, progress)

    def snapshot(self) -> int | None:
        return tables.current_snapshot(self.spark, self.table)

    def results(self, batch: str = "b") -> list[Result]:
        return list(decode((self.folder / "results" / key(batch)).read_bytes()))

    def rows(self) -> Rows:
        found = self.spark.table(self.table).collect()
        assert len({row.photo_id for row in found}) == len(found)
        return {row.photo_id: (row.rejection, row.features) for row in found}

    def facts(self) -> dict[str, dict[str, object]]:
        """Return every column but the features, by photo."""
        found = self.spark.table(self.table).drop("features").collect()
        assert len({row.photo_id for row in found}) == len(found)
        return {row.photo_id: row.asDict() for row in found}


def assert_same(expected: Rows, found: Rows, atol: float) -> None:
    assert found.keys() == expected.keys()
    for photo, (rejection, features) in expected.items():
        other_rejection, other = found[photo]
        assert rejection == other_rejection
        assert (features is None) == (other is None)
        np.testing.assert_allclose(np.array(other or [], np.float64), np.array(features or [], np.float64), atol=atol)


def some_photos(lake: Lake, count: int) -> list[Photo]:
    good = good_files()
    return [lake.put(f"uploads/o1/{n % 7}/{n}.jpg", good[n % len(good)].data) for n in range(count)]
