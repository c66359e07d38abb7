"""How a table's columns may differ from those that this release knows (pure).

Columns that a newer release has added are written as null; columns that this release adds are added to the table. A
removed, renamed or retyped column is refused: a program must not decide on it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.errors import GiveUp
from contracts.tables.table import Column


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the table, as the catalog describes it."""

    name: str
    type: str
    nullable: bool


def missing(table: str, found: Sequence[TableColumn], columns: Sequence[Column]) -> list[Column]:
    """Return the columns to add to a table.

    Raises:
        GiveUp: a column has another type, a required column is missing, or the table requires a column that this
            release does not know.
    """
    there, known = {one.name: one for one in found}, {column.name for column in columns}
    for column in columns:
        if column.name in there and there[column.name].type != column.type:
            _refuse(table, f"{column.name} is {there[column.name].type} and not {column.type}")
        if column.name not in there and not column.nullable:
            _refuse(table, f"it has no {column.name}, and no row can be without one")
    for one in found:
        if one.name not in known and not one.nullable:
            _refuse(table, f"each row must have {one.name}, of which this release knows nothing")
    return [column for column in columns if column.name not in there]


def refuse_returning(table: str, adding: Sequence[Column], earlier: Collection[str]) -> None:
    """Refuse to add columns that the table had before: someone has removed or renamed them.

    Raises:
        GiveUp: `earlier`, the names of all schemas so far, has one of them.
    """
    for column in adding:
        if column.name in earlier:
            _refuse(table, f"{column.name} was removed or renamed; rename it back, or restore the table")


def _refuse(table: str, why: str) -> None:
    raise GiveUp(f"table {table} has other columns than contracts/tables says: {why}")
