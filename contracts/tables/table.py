"""What a table of the lake is, in words that both houses read: columns, properties, and the statements they make.

`photos_table.py` and `reduced_table.py` have one each; the Arrow and Spark schemas are derived from their columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its Spark SQL type, and what stands in it."""

    name: str
    type: str
    meaning: str
    nullable: bool = True
    """False: no row is without it, so a table that has rows cannot be given it. Iceberg itself is told nullable: Spark
    takes every column that a Python task makes for one, and would refuse the write."""


@dataclass(frozen=True, slots=True)
class Property:
    """A table property and the reason for it."""

    name: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A table as a release knows it."""

    columns: tuple[Column, ...]
    properties: tuple[Property, ...]

    def create_statement(self, table: str) -> str:
        """Return the `CREATE TABLE IF NOT EXISTS` of `catalog.database.table`."""
        properties = ", ".join(f"'{item.name}' = '{item.value}'" for item in self.properties)
        columns = spark_schema(self.columns)
        return f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING iceberg TBLPROPERTIES ({properties})"


def add_statement(table: str, columns: Iterable[Column]) -> str:
    """Return the `ALTER TABLE` that adds columns at the end, all in one commit of metadata."""
    return f"ALTER TABLE {table} ADD COLUMNS ({spark_schema(columns)})"


def spark_schema(columns: Iterable[Column]) -> str:
    """Return columns as Spark writes a schema: `` `photo_id` string, `label` string ``."""
    return ", ".join(f"`{column.name}` {column.type}" for column in columns)
