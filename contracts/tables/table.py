"""The definition of a table of the lake: columns, properties, and the SQL statements that follow from them. Pure.

`photos.py` and `reduced.py` have one each. The Arrow and Spark schemas are derived from their columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its Spark SQL type, and what it holds."""

    name: str
    type: str
    meaning: str
    nullable: bool = True
    """False: every row has a value, so the column cannot be added to a table that has rows. In Iceberg the column is
    nullable all the same: to Spark every column from a Python task is, and it would refuse the write."""


@dataclass(frozen=True, slots=True)
class Property:
    """A table property, and the reason for it."""

    name: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A table as this release of the code defines it."""

    columns: tuple[Column, ...]
    properties: tuple[Property, ...]

    def create_statement(self, table: str) -> str:
        """Return the `CREATE TABLE IF NOT EXISTS` of `catalog.database.table`."""
        properties = ", ".join(f"'{item.name}' = '{item.value}'" for item in self.properties)
        columns = spark_schema(self.columns)
        return f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING iceberg TBLPROPERTIES ({properties})"


def add_statement(table: str, columns: Iterable[Column]) -> str:
    """Return the `ALTER TABLE` that adds columns at the end, in one metadata commit."""
    return f"ALTER TABLE {table} ADD COLUMNS ({spark_schema(columns)})"


def spark_schema(columns: Iterable[Column]) -> str:
    """Return columns in Spark's notation of a schema: `` `photo_id` string, `label` string ``."""
    return ", ".join(f"`{column.name}` {column.type}" for column in columns)
