"""The rows that peers write: those columns of the table `photos` that differ from row to row, and its properties.

Imports nothing that a peer's environment lacks. What ours has beside them is the same in most rows of a batch, so that
it weighs next to nothing in Parquet.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.tables.photos import PROPERTIES

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "photo_id": "string",
        "key": "string",
        "size_bytes": "bigint",
        "content_sha256": "string",
        "features": "array<float>",
    }
)
"""Name and Spark's type."""


def properties() -> dict[str, str]:
    """Return the properties of the table `photos`, those that name columns which these rows lack left out."""
    columns = "write.metadata.metrics.column."
    kept = [each for each in PROPERTIES if not each.name.startswith(columns) or each.name.split(".")[4] in COLUMNS]
    return {each.name: each.value for each in kept}


def arrow_rows(keys: Sequence[str], contents: Sequence[bytes], features: np.ndarray) -> Any:
    """Return rows as an Arrow table; `features` float32 (n, d) in memory order become a list array without a copy."""
    each = np.arange(len(features) + 1, dtype=np.int32) * features.shape[1]
    return pa.table(
        {
            "photo_id": [_digest(key.encode()) for key in keys],
            "key": pa.array(keys, pa.string()),
            "size_bytes": pa.array([len(data) for data in contents], pa.int64()),
            "content_sha256": [_digest(data) for data in contents],
            "features": pa.ListArray.from_arrays(pa.array(each), pa.array(features.reshape(-1))),
        }
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
