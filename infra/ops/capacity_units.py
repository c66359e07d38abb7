"""What DynamoDB bills a request with, in capacity units: by the sizes of items, in its own rules. Pure.

Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations" (units a request consumes, conditional
writes that fail, transactions) and "DynamoDB item sizes and formats".
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

WRITE_BYTES = 1024
READ_BYTES = 4096


def write_units(size_bytes: int, *, transaction: bool = False) -> int:
    """Return the units of a write: `size_bytes` is the larger of the item before and after it, 0 if there is none.

    A delete counts the item that it deletes; a write whose condition fails, the item that is there.
    """
    return max(1, ceil(size_bytes / WRITE_BYTES)) * (2 if transaction else 1)


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Return the units of a read. A query counts all items of one page that it looked at, filtered or not."""
    return max(1, ceil(size_bytes / READ_BYTES)) * (1.0 if consistent else 0.5)


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the bytes of an item in DynamoDB's form: the names of its attributes, and their values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "B":
        return len(bytes(value))
    if kind == "N":  # up to 38 digits: two a byte, and one byte more
        return ceil(len(value.strip("-0.").replace(".", "")) / 2) + 1
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in value)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in value.items())
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"no rule for the size of a value of type {kind}")
