"""What the table already holds of a manifest's photos, so that a photo has one row and no work is done twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES, Result
from spark_app.extract.frames import named
from spark_app.extract.manifest import Batch
from spark_app.extract.photos_table import PhotosTable
from spark_app.extract.task import RowsLostError
from spark_app.lake import tables
from spark_app.lake.arrow import strings

PASSING = frozenset(code.value for code in Rejection if code.retryable)
"""Codes of the rejections that may pass. They are final only at a photo's last try."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The photos of a manifest that have a row in one snapshot."""

    kept: frozenset[str] = frozenset()
    """Photos whose row in this batch is final, and of the same artifact."""
    rows: int = 0
    """How many rows this batch has, including those to be replaced."""
    elsewhere: tuple[Result, ...] = ()
    """Results of photos that have their row in another batch, and none in this one."""
    doubled: int = 0
    """How many photos have a row both here and in another batch. The rows stay: two batches that each left a photo to
    the other would lose it."""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row that the table holds: of this batch, or of a photo of it. `asked`: the manifest names its photo."""

    photo_id: str
    batch_id: str
    outcome: str
    label: str | None
    artifact_sha256: str
    asked: bool


def read_earlier(
    table: PhotosTable, snapshot: int | None, batch: Batch, artifact_sha256: str, again: bool = False
) -> Earlier:
    """Read what a snapshot of the table holds of a batch's photos; `snapshot` None is a table without one.

    With `again` no row of this batch is kept, so all of it is worked on anew.
    """
    if snapshot is None:
        return Earlier()
    found = _narrow(table, snapshot, batch)
    if found is None:
        found = _by_spark(table.run.sql, table.name, snapshot, batch)
    here = [row for row in found if row.batch_id == batch.batch_id]
    there = [row for row in found if row.batch_id != batch.batch_id]
    own = {row.photo_id for row in here}
    last = {photo.photo_id for photo in batch.photos if photo.last_try}
    kept = {
        row.photo_id
        for row in here
        if row.asked and row.artifact_sha256 == artifact_sha256 and is_final(row.outcome, row.photo_id in last)
    }
    return Earlier(
        frozenset() if again else frozenset(kept),
        len(here),
        _one_each(row for row in there if row.photo_id not in own),
        len({row.photo_id for row in there} & own),
    )


def is_final(outcome: str, last_try: bool) -> bool:
    """Return whether a row may be committed, because the photo will not be tried again."""
    return last_try or outcome not in PASSING


def _narrow(table: PhotosTable, snapshot: int, batch: Batch) -> list[FoundRow] | None:
    names, mine, since = strings(batch.photo_ids()), strings([batch.batch_id]), earliest(batch)
    condition = table.expressions.alwaysTrue()
    if since is not None:
        late = table.expressions.greaterThanOrEqual("batch_id", since)
        condition = getattr(table.expressions, "or")(late, table.expressions.equal("batch_id", batch.batch_id))

    def choose(rows: pa.Table) -> pa.Table:
        asked = pc.is_in(rows["photo_id"], names)
        batches = [name for name in pc.unique(rows["batch_id"]).to_pylist() if since is None or name >= since]
        in_time = pc.and_(asked, pc.is_in(rows["batch_id"], strings(batches)))
        return rows.append_column("asked", asked).filter(pc.or_(in_time, pc.is_in(rows["batch_id"], mine)))

    columns = ("photo_id", "batch_id", "rejection", "label", "artifact_sha256")
    found = table.rows(snapshot, condition, columns, choose)
    if found is None:
        return None
    return [FoundRow(outcome=row.pop("rejection") or FEATURES, **row) for row in found]


def _by_spark(spark: SparkSession, table: str, snapshot: int, batch: Batch) -> list[FoundRow]:
    asked = named(spark, batch.photo_ids())
    rows = tables.rows_at(spark, table, snapshot)
    since = earliest(batch)
    if since is not None:
        rows = rows.where((F.col("batch_id") >= since) | (F.col("batch_id") == batch.batch_id))
    outcome = F.coalesce("rejection", F.lit(FEATURES)).alias("outcome")
    wanted = rows.select("photo_id", "batch_id", outcome, "label", "artifact_sha256")
    # A broadcast, because a plan with ten thousand literals takes longer than the scan.
    marked = wanted.join(F.broadcast(asked.withColumn("asked", F.lit(True))), "photo_id", "left")
    found = marked.where(F.col("asked") | (F.col("batch_id") == batch.batch_id)).collect()
    return [FoundRow(**{**row.asDict(), "asked": bool(row.asked)}) for row in found]


def refuse_lost(batch: Batch, found: Sequence[Result]) -> None:
    """Refuse results that are not exactly one for each photo that the manifest names.

    Raises:
        RowsLostError: a photo has no result, or two.
    """
    expected = sorted(batch.photo_ids())
    if sorted(result.photo_id for result in found) != expected:
        raise RowsLostError(f"{len(found)} results for {len(expected)} photos; none is written")


def earliest(batch: Batch) -> str | None:
    """Return a lower bound for the names of batches that may hold one of these photos; None if an entry has no time.

    A batch's name begins with the second it was made in, which is later than its photos' uploads. A day is subtracted
    for clocks that differ. A name that begins with a letter sorts after all times.
    """
    if batch.malformed:
        return None
    try:
        first = min(datetime.fromisoformat(photo.received_at).astimezone(UTC) for photo in batch.photos)
        floor = (first - timedelta(days=1)).replace(tzinfo=None)
        # isoformat, because strftime does not pad a year before 1000 to four digits.
        return floor.isoformat(timespec="seconds").replace("-", "").replace(":", "")
    except (ValueError, OverflowError):  # there are no photos, or a time is not in the calendar
        return None


def _one_each(rows: Iterable[FoundRow]) -> tuple[Result, ...]:
    # Of a photo's rows, one with features wins, then the earliest batch: so the answer is always the same.
    ordered = sorted(rows, key=lambda row: (row.photo_id, row.outcome != FEATURES, row.batch_id))
    first = {row.photo_id: row for row in reversed(ordered)}
    return tuple(Result(photo_id, row.outcome, row.label) for photo_id, row in sorted(first.items()))
