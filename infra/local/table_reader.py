"""Read the table with PyIceberg: a second witness, which shares no code with the Spark that wrote it."""

from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table

from infra.local.cloud import LocalCloud


def read_table(cloud: LocalCloud, table: str, columns: Sequence[str], snapshot_id: int | None = None) -> pa.Table:
    """Return columns of `database.table` as one snapshot has them (None: the current one)."""
    return open_table(cloud, table).scan(selected_fields=tuple(columns), snapshot_id=snapshot_id).to_arrow()


def open_table(cloud: LocalCloud, table: str) -> Table:
    """Return `database.table` as PyIceberg has it."""
    settings = cloud.environment()
    catalog = load_catalog(
        "fruits",
        **{
            "type": "glue",
            "glue.endpoint": cloud.endpoint,
            "glue.region": settings["AWS_REGION"],
            "glue.access-key-id": settings["AWS_ACCESS_KEY_ID"],
            "glue.secret-access-key": settings["AWS_SECRET_ACCESS_KEY"],
            "s3.endpoint": cloud.endpoint,
            "s3.region": settings["AWS_REGION"],
            "s3.access-key-id": settings["AWS_ACCESS_KEY_ID"],
            "s3.secret-access-key": settings["AWS_SECRET_ACCESS_KEY"],
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        },
    )
    return catalog.load_table(table)
