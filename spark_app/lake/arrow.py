"""Arrow types of columns, derived from their Spark SQL types: `contracts/tables` is the one place that names those.

And Arrow without pandas: pyarrow imports it, if it is installed, as soon as it is to make an array of Python's values.
That takes a process a third of a second of CPU, and 40 MB.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from importlib.abc import MetaPathFinder
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pyarrow as pa

from contracts.tables.table import Column

ARROW: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "string": pa.string(),
        "boolean": pa.bool_(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "timestamp": pa.timestamp("us", "UTC"),
        "array<float>": pa.list_(pa.float32()),
    }
)
"""Arrow types, by their Spark names, of the columns that Python tasks make."""
_SPARK = {arrow: name for name, arrow in ARROW.items()}
_PYTHON = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}


def fields_of(columns: Iterable[Column]) -> list[pa.Field]:
    """Return columns as Arrow fields."""
    return [pa.field(column.name, ARROW[column.type]) for column in columns]


def schema_of(record: type[Any]) -> pa.Schema:
    """Return the Arrow schema of a dataclass whose fields are `str`, `bool`, `int` or `float`, each perhaps None."""
    hints = get_type_hints(record)
    return pa.schema([pa.field(field.name, _PYTHON[_plain(hints[field.name])]) for field in fields(record)])


def spark_schema(schema: pa.Schema) -> str:
    """Return an Arrow schema in Spark's notation."""
    return ", ".join(f"`{field.name}` {_SPARK[field.type]}" for field in schema)


def _plain(hint: Any) -> type[Any]:
    kinds: list[type[Any]] = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if kinds else hint


def strings(values: Sequence[str]) -> pa.StringArray:
    """Return strings as an Arrow array of less than 2 GB, without importing pandas."""
    data = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(data), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(data))])


def leave_pandas_out() -> None:
    """Make pyarrow do without pandas in this process, for good. No DataFrame of pandas can be converted here then.

    pyarrow looks for pandas once, and remembers. Others can import it as before.
    """
    if "pandas" not in sys.modules:
        finder = _NoPandas()
        sys.meta_path.insert(0, finder)
        try:
            pa.array([None])
        finally:
            sys.meta_path.remove(finder)


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)  # as where it is not installed
