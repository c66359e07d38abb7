"""Arrow types of columns, derived from their Spark SQL types: `contracts/tables` is the one place that names those."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_type_hints

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
