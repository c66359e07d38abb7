"""One attempt at a batch: what no earlier one has done, in chunks, each of them one commit.

Each commit replaces the batch's rows as a whole, by those that it keeps and those of its chunk. So no file holds rows
of two batches, what one run loses against another is found by the batch alone, and a reader sees whole chunks only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from time import perf_counter

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.photos.manifest import Photo
from contracts.photos.results import Result
from spark_app.extract.chunks import cut
from spark_app.extract.earlier import Earlier
from spark_app.extract.frames import Told, extract, malformed_rows, planned, shares, table_rows
from spark_app.extract.manifest import Batch
from spark_app.extract.per_photo import Stage
from spark_app.lake import tables
from spark_app.network.artifact import Card
from spark_app.network.engine import EngineRecipe

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What is the same for all chunks of a run. `partitions` None means: computed for each chunk."""

    spark: SparkSession
    table: str
    run_id: str
    started: datetime
    card: Card
    recipe: EngineRecipe
    stage: Stage
    partitions: int | None
    chunk_seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: the snapshot that holds the batch now (None: a table without one), its chunks and partitions."""

    snapshot_id: int | None
    chunks: int
    partitions: int
    told: Told

    def left_out(self) -> list[Result]:
        """Return what became of the photos that have no row yet."""
        return self.told.left_out.value


class Attempt:
    """A batch, and what the table holds of it at the snapshot `since`."""

    def __init__(self, work: Work, batch: Batch, earlier: Earlier, since: int | None) -> None:
        self._work, self._batch, self._earlier, self._since = work, batch, earlier, since
        over = earlier.kept | {result.photo_id for result in earlier.elsewhere}
        self._photos = [photo for photo in batch.photos if photo.photo_id not in over]
        self._malformed = [entry for entry in batch.malformed if entry.photo_id not in over]

    def committed(self, say: Say) -> Done:
        """Work on the rest of the batch and commit it chunk by chunk; `say` is told of each one.

        Where nothing is left to do, nothing is committed.

        Raises:
            RetryLater: another run of this batch committed meanwhile; what this run committed before stays.
        """
        told, snapshot, partitions = Told.by(self._work.spark), self._since, 0
        chunks = self._chunks()
        for number, chunk in enumerate(chunks, start=1):
            began = perf_counter()
            plan = planned(chunk, self._work.partitions, self._work.spark.sparkContext.defaultParallelism)
            rows = [*(self._first() if number == 1 else [self._rows_at(snapshot)]), *self._worked(plan, told)]
            snapshot = self._replaced(rows, snapshot)
            partitions += len(plan)
            took = perf_counter() - began
            say(f"batch {self._batch.batch_id}: chunk {number} of {len(chunks)}: {len(chunk)} photos in {took:.1f} s")
        return Done(snapshot, len(chunks), partitions, told)

    def _chunks(self) -> list[list[Photo]]:
        slots = self._work.spark.sparkContext.defaultParallelism
        chunks = cut(self._photos, slots, self._work.chunk_seconds)
        to_drop = self._earlier.rows - len(self._earlier.kept)
        return chunks or ([[]] if self._malformed or to_drop else [])

    def _first(self) -> list[DataFrame]:
        """Return the rows of the first commit that need no work: of earlier attempts, and of malformed entries."""
        rows, kept = [], self._earlier.kept
        if kept:
            found = self._rows_at(self._since)
            rows.append(found if len(kept) == self._earlier.rows else self._only(found, sorted(kept)))
        if self._malformed:
            rows.append(self._in_full(malformed_rows(self._work.spark, self._malformed)))
        return rows

    def _worked(self, plan: Sequence[Sequence[Photo]], told: Told) -> list[DataFrame]:
        if not plan:
            return []
        work = self._work
        return [self._in_full(extract(shares(work.spark, plan), work.stage, work.recipe, told))]

    def _replaced(self, rows: list[DataFrame], since: int | None) -> int:
        # One action, so the CNN runs once. Each task has checked its rows against its photos before the commit.
        joined = reduce(DataFrame.unionByName, rows) if rows else self._rows_at(since).where(F.lit(False))
        return tables.replace_batch(joined, self._work.table, self._batch.batch_id, since, self._work.run_id)

    def _rows_at(self, snapshot: int | None) -> DataFrame:
        if snapshot is None:
            raise ValueError("a table without a snapshot has no rows to keep")
        return tables.batch_at(self._work.spark, self._work.table, self._batch.batch_id, snapshot)

    def _only(self, rows: DataFrame, photo_ids: list[str]) -> DataFrame:
        wanted = self._work.spark.createDataFrame(pd.DataFrame({"photo_id": photo_ids}), "photo_id string")
        return rows.join(F.broadcast(wanted), "photo_id", "left_semi").select(*rows.columns)

    def _in_full(self, rows: DataFrame) -> DataFrame:
        card = self._work.card
        return table_rows(rows, self._batch.batch_id, card.backbone, card.artifact_sha256, self._work.started)
