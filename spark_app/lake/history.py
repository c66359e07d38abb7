"""The changes between two snapshots of a table, as counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """The changes between two snapshots, by Iceberg's own summaries.

    The counts are gross: a row that only moved, because a neighbour in its file was deleted, counts as both.
    """

    rows_added: int
    rows_deleted: int
    has_delete_files: bool
    """Iceberg's changelog cannot read a table that has them."""
