"""One task's share of a batch, Arrow in and Arrow out: what Spark's Python worker runs.

Apart from `extract`, so that a worker need not import Spark's DataFrames or pandas.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa

from infra.contracts.manifest import Photo
from infra.contracts.photos_table import COLUMNS
from spark_app.arrow import fields_of, schema_of
from spark_app.engine import Engine, engine_for
from spark_app.stage import Row, Stage, chunked, run

Run = Callable[[list[Photo], Stage, Engine, "Counter[str]"], Iterator[Row]]

ROWS_PER_BATCH = 256  # 1.3 MB of features at a time: small beside an engine, large beside what a batch costs Arrow

FEATURES = "features"  # what is counted for a photo without a rejection

KEYS = schema_of(Photo)
# What a row of the stage fills in, in the table's order; the columns that are left are the same for the whole batch.
_FILLED = {field.name for field in fields(Row)} - set(KEYS.names)
OUTCOME_FIELDS = fields_of(column for column in COLUMNS if column.name in _FILLED)
ROWS = pa.schema([*KEYS, *OUTCOME_FIELDS])


@dataclass(frozen=True)
class EngineRecipe:
    """How a worker gets its engine: `build` makes it of the broadcast `payload`, `key` names what comes out.

    `payload` is a Spark Broadcast: its value reaches a worker process when an engine is built there, not before.
    """

    key: str
    build: Callable[[Any], Engine]
    payload: Any


def share_of(photos: Sequence[Photo]) -> bytes:
    """Write a task's photos as one Arrow IPC stream of `KEYS`."""
    columns = {name: [getattr(photo, name) for photo in photos] for name in KEYS.names}
    sink = BytesIO()
    with pa.ipc.new_stream(sink, KEYS) as writer:
        writer.write_batch(pa.RecordBatch.from_pydict(columns, KEYS))
    return sink.getvalue()


class RowsLostError(Exception):
    """A task made fewer or more rows than it had photos: a fault of ours, which must never reach the table."""


def run_share(
    share: pa.Buffer, stage: Stage, recipe: EngineRecipe, counts: "Counter[str]", run: Run = run
) -> Iterator[pa.RecordBatch]:
    """Yield record batches of `ROWS`, one row a photo, for what `share_of` wrote.

    Raises:
        RowsLostError: rows and photos differ in number.
    """
    keys = pa.ipc.open_stream(share).read_next_batch()
    photos = [Photo(**row) for row in keys.to_pylist()]
    engine, built = engine_for(recipe.key, lambda: recipe.build(recipe.payload.value))
    counts["engines_built"] += built
    done = 0
    for rows in chunked(run(photos, stage, engine, counts), ROWS_PER_BATCH):
        _refuse(len(photos), unless=done + len(rows) <= len(photos))
        yield to_arrow(keys.slice(done, len(rows)), rows)
        done += len(rows)
        counts.update(row.rejection or FEATURES for row in rows)
    _refuse(len(photos), unless=done == len(photos))


def _refuse(photos: int, unless: bool) -> None:
    # In the task and not after the write: a task that fails keeps the whole batch from being committed.
    if not unless:
        raise RowsLostError(f"other than {photos} rows for {photos} photos; the batch is not committed")


def to_arrow(keys: pa.RecordBatch, rows: list[Row]) -> pa.RecordBatch:
    """Join keys and what became of them. The features are one contiguous float32 buffer, never a list of floats."""
    vectors = [row.features for row in rows if row.features is not None]
    flat = np.concatenate(vectors) if vectors else np.empty(0, np.float32)
    ends = np.cumsum([0] + [0 if row.features is None else len(row.features) for row in rows], dtype=np.int32)
    without = pa.array([row.features is None for row in rows])
    made = {"features": pa.ListArray.from_arrays(pa.array(ends), pa.array(flat), mask=without)}
    for field in OUTCOME_FIELDS:
        if field.name not in made:
            made[field.name] = pa.array([getattr(row, field.name) for row in rows], field.type)
    return pa.RecordBatch.from_arrays([*keys.columns, *(made[field.name] for field in OUTCOME_FIELDS)], schema=ROWS)
