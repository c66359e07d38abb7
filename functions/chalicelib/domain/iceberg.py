"""Read the snapshots of an Iceberg table from its metadata file. Pure: reads no row, needs no Iceberg library.

Source: Apache Iceberg, "Iceberg Table Spec", sections "Table Metadata Fields", "Snapshots" and "Optional Snapshot
Summary Fields". The catalog names the file of the current state (`metadata_location`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.counts import GiveUpCount
from contracts.errors import GiveUp

REPLACE = "replace"
"""The operation of a snapshot with other files and the same rows: a compaction."""
NO_SNAPSHOT = -1
"""What older writers write for "none"."""


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """One state of the table. A later one has a larger sequence number. `parent` may have expired."""

    snapshot_id: int
    sequence_number: int
    parent: int | None
    operation: str
    rows: int
    """Rows in the whole table, rejections included."""
    at: datetime
    """When it was committed."""


@dataclass(frozen=True, slots=True)
class TableState:
    """The current snapshot, None before the first commit, and all snapshots that have not expired."""

    current: int | None
    snapshots: Mapping[int, TableSnapshot]

    @property
    def rows(self) -> int:
        """Rows of the current snapshot."""
        return 0 if self.current is None else self.snapshots[self.current].rows

    def snapshots_with_same_rows(self) -> Iterator[int]:
        """Yield the ids of the snapshots with the current rows: from the current one back to the one that wrote them.

        The last one may have expired. Then nobody knows whether it wrote the rows.
        """
        at = self.current
        while at is not None:
            yield at
            snapshot = self.snapshots.get(at)
            at = snapshot.parent if snapshot is not None and snapshot.operation == REPLACE else None


def table_state(metadata: Mapping[str, Any]) -> TableState:
    """Return the state of a table from the content of its metadata file.

    Raises:
        GiveUp: `metadata_unreadable`: a member is missing or has another type.
    """
    try:
        current = metadata.get("current-snapshot-id")
        found = [_snapshot(one) for one in metadata.get("snapshots") or ()]
        state = TableState(
            None if current in (None, NO_SNAPSHOT) else int(current), {one.snapshot_id: one for one in found}
        )
        if state.current is not None and state.current not in state.snapshots:
            raise ValueError("the current snapshot is not among the snapshots")
    except (KeyError, TypeError, ValueError) as error:
        raise GiveUp(f"table metadata: {type(error).__name__}: {error}", GiveUpCount.METADATA_UNREADABLE) from error
    return state


def _snapshot(found: Mapping[str, Any]) -> TableSnapshot:
    summary, parent = found["summary"], found.get("parent-snapshot-id")
    return TableSnapshot(
        snapshot_id=int(found["snapshot-id"]),
        sequence_number=int(found["sequence-number"]),
        parent=None if parent in (None, NO_SNAPSHOT) else int(parent),
        operation=str(summary["operation"]),
        rows=int(summary["total-records"]),
        at=datetime.fromtimestamp(int(found["timestamp-ms"]) / 1000, UTC),
    )
