"""Read tables with PyIceberg: a second witness, which shares no code with the Spark that wrote them."""

from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table

from infra.ops.target import Target


def read_table(target: Target, table: str, columns: Sequence[str], snapshot_id: int | None = None) -> pa.Table:
    """Return columns of `database.table` in one snapshot (None: the current one)."""
    return open_table(target, table).scan(selected_fields=tuple(columns), snapshot_id=snapshot_id).to_arrow()


def open_table(target: Target, table: str) -> Table:
    """Open `database.table`."""
    return load_catalog("fruits", **target.iceberg()).load_table(table)
