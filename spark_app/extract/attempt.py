"""One attempt at a batch: it does what earlier attempts have left, in chunks, and commits each chunk.

Each commit replaces all rows of the batch: with the rows that it keeps, and those of its chunk. So no file holds rows
of two batches, a commit conflicts with runs of its own batch only, and a reader sees whole chunks only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from time import perf_counter

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.photos.manifest import Photo
from contracts.photos.results import Result
from spark_app.extract.batch_files import SCHEMA, Destination, write_shares
from spark_app.extract.chunks import cut
from spark_app.extract.earlier import Earlier
from spark_app.extract.frames import TaskTotals, extract, malformed_rows, named, planned, shares, table_rows
from spark_app.extract.manifest import Batch
from spark_app.extract.per_photo import PhotoSettings
from spark_app.extract.photos_table import PhotosTable
from spark_app.lake import batch_files, tables
from spark_app.lake.new_files import NewFile, new_files_of
from spark_app.network.artifact import ArtifactCard
from spark_app.network.engine import EngineSpec
from spark_app.session import SparkRun

Progress = Callable[[str], None]
"""Takes one line for a person."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all chunks of a run share. `partitions` None means: computed for each chunk."""

    spark: SparkRun
    table: PhotosTable
    run_id: str
    started: datetime
    card: ArtifactCard
    engine_spec: EngineSpec
    photo_settings: PhotoSettings
    partitions: int | None
    chunk_seconds: float


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What a run did: the snapshot that holds the batch now (None: a table without one), its chunks and partitions."""

    snapshot_id: int | None
    chunks: int
    partitions: int
    totals: TaskTotals

    def left_out(self) -> list[Result]:
        """Return the results of the photos that have no row yet."""
        return self.totals.left_out.value


class Attempt:
    """A batch, and what the table holds of it in the snapshot `since`."""

    def __init__(self, work: Work, batch: Batch, earlier: Earlier, since: int | None) -> None:
        self._work, self._batch, self._earlier, self._since = work, batch, earlier, since
        finished = earlier.kept | {result.photo_id for result in earlier.elsewhere}
        self._photos = [photo for photo in batch.photos if photo.photo_id not in finished]
        self._malformed = [entry for entry in batch.malformed if entry.photo_id not in finished]

    def commit(self, progress: Progress) -> AttemptResult:
        """Work on the rest of the batch and commit it chunk by chunk; `progress` gets a line after each chunk.

        Where nothing is left to do, nothing is committed.

        Raises:
            RetryLater: another run of this batch committed meanwhile; what this run committed before stays.
        """
        totals, snapshot, partitions = TaskTotals.zero(self._work.spark), self._since, 0
        chunks = self._chunks()
        for number, chunk in enumerate(chunks, start=1):
            began = perf_counter()
            plan = planned(chunk, self._work.partitions, self._work.spark.sparkContext.defaultParallelism)
            if number == 1 and not self._earlier.kept and not self._malformed:
                snapshot = self._commit_files(plan, totals)
            else:  # rows are to be kept, or made of no photo: Spark joins them with the new ones
                kept = self._first() if number == 1 else [self._rows_at(snapshot)]
                snapshot = self._replace([*kept, *self._extracted(plan, totals)], snapshot)
            partitions += len(plan)
            took = f"{perf_counter() - began:.1f} s"
            progress(f"batch {self._batch.batch_id}: chunk {number} of {len(chunks)}: {len(chunk)} photos in {took}")
        return AttemptResult(snapshot, len(chunks), partitions, totals)

    def _chunks(self) -> list[list[Photo]]:
        slots = self._work.spark.sparkContext.defaultParallelism
        chunks = cut(self._photos, slots, self._work.chunk_seconds)
        to_drop = self._earlier.rows - len(self._earlier.kept)
        return chunks or ([[]] if self._malformed or to_drop else [])

    def _first(self) -> list[DataFrame]:
        """Return the first commit's rows that need no work: those of earlier attempts, and of malformed entries."""
        rows, kept = [], self._earlier.kept
        if kept:
            found = self._rows_at(self._since)
            rows.append(found if len(kept) == self._earlier.rows else self._only(found, sorted(kept)))
        if self._malformed:
            rows.append(self._in_full(malformed_rows(self._work.spark.sql, self._malformed)))
        return rows

    def _extracted(self, plan: Sequence[Sequence[Photo]], totals: TaskTotals) -> list[DataFrame]:
        if not plan:
            return []
        work = self._work
        return [self._in_full(extract(shares(work.spark.sql, plan), work.photo_settings, work.engine_spec, totals))]

    def _commit_files(self, plan: Sequence[Sequence[Photo]], totals: TaskTotals) -> int:
        """Have tasks write the rows of the first chunk as data files, and replace the batch by them."""
        work, batch_id = self._work, self._batch.batch_id
        context, card = work.spark.sparkContext, work.card
        where = new_files_of(work.table.loaded, f"extract-{work.run_id}", SCHEMA)
        to = Destination(where, batch_id, card.backbone, card.artifact_sha256, work.started)
        settings, engine_spec = work.photo_settings, work.engine_spec
        files: list[NewFile] = []
        if plan:
            tasks = context.parallelize(plan, len(plan))
            for done in tasks.mapPartitions(lambda given: write_shares(given, settings, engine_spec, to)).collect():
                totals.counts.add(done.counts)
                totals.left_out.add(done.left_out)
                files += done.files
        return batch_files.replace_batch(context, work.table.loaded, batch_id, files, self._since, work.run_id)

    def _replace(self, rows: list[DataFrame], since: int | None) -> int:
        # One action, so the CNN runs once. Each task has checked its rows against its photos before the commit.
        joined = reduce(DataFrame.unionByName, rows) if rows else self._rows_at(since).where(F.lit(False))
        return tables.replace_batch(joined, self._work.table.name, self._batch.batch_id, since, self._work.run_id)

    def _rows_at(self, snapshot: int | None) -> DataFrame:
        if snapshot is None:
            raise ValueError("a table without a snapshot has no rows to keep")
        return tables.batch_at(self._work.spark.sql, self._work.table.name, self._batch.batch_id, snapshot)

    def _only(self, rows: DataFrame, photo_ids: list[str]) -> DataFrame:
        wanted = named(self._work.spark.sql, photo_ids)
        return rows.join(F.broadcast(wanted), "photo_id", "left_semi").select(*rows.columns)

    def _in_full(self, rows: DataFrame) -> DataFrame:
        card = self._work.card
        return table_rows(rows, self._batch.batch_id, card.backbone, card.artifact_sha256, self._work.started)
