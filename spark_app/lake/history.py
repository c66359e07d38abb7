"""What lies between two snapshots of a table (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """What lies between two snapshots, by Iceberg's own summaries.

    Gross counts: a row that was only moved, because a neighbour in its file was deleted, counts as both.
    """

    rows_added: int
    rows_deleted: int
    has_delete_files: bool
    """Iceberg's changelog cannot read a table that has them."""
