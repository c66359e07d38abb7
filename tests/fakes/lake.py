"""A table's history as Iceberg writes it down, and a lake in memory that has one."""

import json
from typing import Any

from chalicelib.domain.iceberg import TableState, table_state
from contracts.models import Pointer

FIRST = 8_000_000_000_000_000_001
"""Snapshot ids have 19 digits: no reader may take one for a float."""


class History:
    """The snapshots of one table. `metadata()` has the members that Iceberg's format version 2 has, and then some."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Any]] = []
        self.current: int | None = None
        self.last_sequence_number = 0

    def commit(self, operation: str = "overwrite", rows: int = 10) -> int:
        """Add a snapshot after the current one; `rows` are those of the whole table then. Return its id."""
        self.last_sequence_number += 1
        found = {
            "sequence-number": self.last_sequence_number,
            "snapshot-id": FIRST + self.last_sequence_number,
            "timestamp-ms": 1_764_000_000_000 + self.last_sequence_number,
            "summary": {"operation": operation, "total-records": str(rows), "total-data-files": "1"},
            "manifest-list": "s3://lake/warehouse/db.db/photos/metadata/snap.avro",
            "schema-id": 0,
        }
        self.snapshots.append(found if self.current is None else {**found, "parent-snapshot-id": self.current})
        self.current = FIRST + self.last_sequence_number
        return self.current

    def compact(self) -> int:
        """Rewrite the files: the same rows in another snapshot."""
        current = next(one for one in self.snapshots if one["snapshot-id"] == self.current)
        return self.commit("replace", int(current["summary"]["total-records"]))

    def expire_all_but_current(self) -> None:
        self.snapshots = [one for one in self.snapshots if one["snapshot-id"] == self.current]

    def roll_back(self, snapshot_id: int) -> None:
        self.current = snapshot_id

    def metadata(self) -> dict[str, Any]:
        return {
            "format-version": 2,
            "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1",
            "location": "s3://lake/warehouse/db.db/photos",
            "last-sequence-number": self.last_sequence_number,
            "current-snapshot-id": -1 if self.current is None else self.current,
            "snapshots": self.snapshots,
            "refs": {},
        }


class FakeLake:
    """A table and a pointer in memory; the metadata is read as the adapter reads it."""

    def __init__(self) -> None:
        self.history: History | None = None
        self.pointer: Pointer | None = None

    def table(self) -> TableState | None:
        return None if self.history is None else table_state(json.loads(json.dumps(self.history.metadata())))

    def model(self) -> Pointer | None:
        return self.pointer

    def create(self) -> History:
        self.history = History()
        return self.history

    def saved(self) -> None:
        """The table's state is in force at once here."""

    def publish(self, pointer: Pointer) -> None:
        self.pointer = pointer


def pointer(snapshot_id: int, sequence_number: int, generation: int = 1) -> Pointer:
    return Pointer(
        version=f"{sequence_number:08d}-cafe0000",
        generation=generation,
        sequence_number=sequence_number,
        snapshot_id=snapshot_id,
        artifact_sha256="a" * 64,
        backbone="efficientnet_lite0",
        table="fruits.fruits_dev.photos",
        card_sha256="c" * 64,
        reduced="fruits.fruits_dev.reduced",
        reduced_snapshot_id=1,
    )
