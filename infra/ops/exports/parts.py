"""The parts of a version's matrix, as its refit wrote them: read one row group after the other."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import models
from contracts.errors import GiveUp
from spark_app.models.card import ModelCard


class PartStore(Protocol):
    """Where the versions lie."""

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""

    def save(self, key: str, target: Path) -> None:
        """Write an object into a file."""


def columns(k: int) -> pa.Schema:
    """Return the columns of a matrix of k components: `photo_id`, `label`, `pc_1` … `pc_k` (float32)."""
    names = [pa.field("photo_id", pa.string()), pa.field("label", pa.string())]
    return pa.schema(names + [pa.field(f"pc_{number}", pa.float32()) for number in range(1, k + 1)])


def row_groups(store: PartStore, card: ModelCard) -> Iterator[pa.Table]:
    """Yield the rows of a version. One part at a time is on disk, one row group of it (16,384 rows) in memory.

    Raises:
        GiveUp: a part is missing, is no Parquet file or has other columns, or the rows are fewer or more than fitted.
    """
    rows = 0
    with tempfile.TemporaryDirectory(prefix="fruits-export-") as folder:
        for key in _parts(store, card):
            held = Path(folder) / "part.parquet"
            store.save(key, held)
            for group in _groups(held, key, columns(card.k)):
                rows += group.num_rows
                yield group
    if rows != card.n:
        raise GiveUp(f"the matrix of model {card.version} has {rows:,} rows, {card.n:,} were fitted: refit with --full")


def _parts(store: PartStore, card: ModelCard) -> list[str]:
    found = [name for name in store.names(f"{card.version}/{models.MATRIX}/") if name.endswith(".parquet")]
    wanted = {f"{card.version}/{name}" for name in card.matrix.get("files", ()) if name.endswith(".parquet")}
    lost = sorted(wanted - set(found))
    if lost:
        raise GiveUp(f"model {card.version} has lost {', '.join(lost)}: refit with --full")
    return found


def _groups(file: Path, key: str, schema: pa.Schema) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(file) as part:
            if part.schema_arrow.names != schema.names:
                raise GiveUp(f"{key} has other columns than its card says: refit with --full")
            for number in range(part.num_row_groups):
                yield part.read_row_group(number).cast(schema)
    except pa.ArrowException as error:
        raise GiveUp(f"{key} is damaged: {error}. Refit with --full.") from error
