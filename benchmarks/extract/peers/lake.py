"""Iceberg for Ray and Daft: a catalog of pyiceberg in a file, and the same table for both."""

from pathlib import Path

import numpy as np
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import FloatType, ListType, LongType, NestedField, StringType

from benchmarks.extract.arms.common import keep
from benchmarks.extract.arms.rows import COLUMNS, properties

TYPES = {"string": StringType(), "bigint": LongType()}


def catalog_settings(out: Path) -> dict[str, str]:
    """Return the settings of a catalog in the folder of an arm, as pyiceberg takes them."""
    return {"type": "sql", "uri": f"sqlite:///{out}/catalog.db", "warehouse": f"file://{out}/warehouse"}


def create(out: Path, number: int) -> Table:
    """Create the table of a pass: its name is that of `name_of`."""
    catalog = SqlCatalog("bench", **catalog_settings(out))
    catalog.create_namespace_if_not_exists("bench")
    fields = []
    for place, (name, kind) in enumerate(COLUMNS.items(), start=1):
        many = ListType(element_id=len(COLUMNS) + 1, element=FloatType(), element_required=False)
        fields.append(NestedField(place, name, TYPES.get(kind, many), required=False))
    return catalog.create_table(name_of(number), Schema(*fields), properties=properties())


def name_of(number: int) -> str:
    """Name the table of a pass."""
    return f"bench.photos_{number}"


def keep_rows(out: Path, number: int) -> int:
    """Keep the features of a pass for the comparison with the floor's, and return how many rows there are.

    Raises:
        RuntimeError: the rows came in more than one commit.
    """
    table = SqlCatalog("bench", **catalog_settings(out)).load_table(name_of(number))
    if len(table.snapshots()) != 1:
        raise RuntimeError(f"{len(table.snapshots())} commits")
    found = table.scan(selected_fields=("key", "features")).to_arrow()
    keep(out, found["key"].to_pylist(), np.stack(found["features"].to_numpy()))
    return len(found)
