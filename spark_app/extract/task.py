"""What Spark's Python worker runs: one task's share of a batch, from Arrow to Arrow.

It is apart from `frames`, so that a worker need not import Spark's DataFrames or pandas.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from io import BytesIO
from itertools import compress

import numpy as np
import pyarrow as pa

from contracts.photos.manifest import Photo
from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES, Result
from contracts.tables.photos import COLUMNS
from spark_app.extract.per_photo import PhotoSettings, Row, chunked, run
from spark_app.lake.arrow import fields_of, schema_of
from spark_app.network.engine import Engine, EngineSpec, engine_for

Run = Callable[[list[Photo], PhotoSettings, Engine, Counter[str]], Iterator[Row]]

ROWS_PER_BATCH = 256
"""1.3 MB of features at a time: small beside an engine, large beside Arrow's cost of a batch."""

SHARE = schema_of(Photo)
KEYS = pa.schema([field for field in SHARE if field.name != "last_try"])
# The columns that a photo's row fills in, in the table's order; a batch shares the values of the others.
_FILLED = {field.name for field in fields(Row)} - set(KEYS.names)
OUTCOME_FIELDS = fields_of(column for column in COLUMNS if column.name in _FILLED)
ROWS = pa.schema([*KEYS, *OUTCOME_FIELDS])


def share_of(photos: Sequence[Photo]) -> bytes:
    """Write a task's photos as one Arrow IPC stream of `SHARE`."""
    columns = {name: [getattr(photo, name) for photo in photos] for name in SHARE.names}
    sink = BytesIO()
    with pa.ipc.new_stream(sink, SHARE) as writer:
        writer.write_batch(pa.RecordBatch.from_pydict(columns, SHARE))
    return sink.getvalue()


class RowsLostError(Exception):
    """A task made fewer or more rows than it had photos. This is a fault of ours, and must not reach the table."""


def run_share(
    share: pa.Buffer,
    settings: PhotoSettings,
    engine_spec: EngineSpec,
    counts: Counter[str],
    left_out: list[Result],
    run: Run = run,
) -> Iterator[pa.RecordBatch]:
    """Yield record batches of `ROWS`, one row a photo, for a share that `share_of` wrote.

    A row whose rejection may pass is final only at a photo's last try. Before that the batches leave it out, and
    `left_out` gains the photo's result.

    Raises:
        RowsLostError: rows and photos differ in number.
    """
    shared = pa.ipc.open_stream(share).read_next_batch()
    photos, keys = [Photo(**row) for row in shared.to_pylist()], shared.select(KEYS.names)
    engine, built = engine_for(engine_spec.key, lambda: engine_spec.build(engine_spec.payload.value))
    counts["engines_built"] += built
    done = 0
    for rows in chunked(run(photos, settings, engine, counts), ROWS_PER_BATCH):
        _refuse(len(photos), unless=done + len(rows) <= len(photos))
        waiting = list(map(waits, rows, photos[done : done + len(rows)]))
        final = [result is None for result in waiting]
        left_out += filter(None, waiting)
        yield to_arrow(keys.slice(done, len(rows)).filter(pa.array(final, pa.bool_())), list(compress(rows, final)))
        done += len(rows)
        counts.update(row.rejection or FEATURES for row in rows)
    _refuse(len(photos), unless=done == len(photos))


def waits(row: Row, photo: Photo) -> Result | None:
    """Return the result of a photo that gets no row yet, because it is tried again; None if its row is final."""
    if row.rejection is None or photo.last_try or not Rejection(row.rejection).retryable:
        return None
    return Result(photo.photo_id, row.rejection, row.label, row_written=False)


def _refuse(photos: int, unless: bool) -> None:
    # Checked in the task, before the write: a task that fails keeps the whole batch from being committed.
    if not unless:
        raise RowsLostError(f"other than {photos} rows for {photos} photos; the batch is not committed")


def to_arrow(keys: pa.RecordBatch, rows: list[Row]) -> pa.RecordBatch:
    """Join keys and rows. The features are one contiguous float32 buffer, never a Python list of floats."""
    vectors = [row.features for row in rows if row.features is not None]
    flat = np.concatenate(vectors) if vectors else np.empty(0, np.float32)
    ends = np.cumsum([0] + [0 if row.features is None else len(row.features) for row in rows], dtype=np.int32)
    without = pa.array([row.features is None for row in rows], pa.bool_())
    made = {"features": pa.ListArray.from_arrays(pa.array(ends), pa.array(flat), mask=without)}
    for field in OUTCOME_FIELDS:
        if field.name not in made:
            made[field.name] = pa.array([getattr(row, field.name) for row in rows], field.type)
    return pa.RecordBatch.from_arrays([*keys.columns, *(made[field.name] for field in OUTCOME_FIELDS)], schema=ROWS)
