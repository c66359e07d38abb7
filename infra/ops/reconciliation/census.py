"""Which photos were seen where: one number of flags for each, under its id of 16 bytes. Pure.

One dictionary in place of a set for each source: about 100 bytes a photo, so ten million photos are about 1 GB
(`tests/unit/infra/test_reconciliation.py` holds it below 150). Keys and rows are never kept.
"""

from collections.abc import Iterator
from enum import IntFlag


class Seen(IntFlag):
    """Where a photo was seen."""

    BUCKET = 1
    LEDGER = 2
    TABLE = 4
    TWICE = 8
    """In more than one row."""
    OLD = 16
    """Its row is older than the ledger's memory."""


class Census:
    """Photos by where they were seen."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def see(self, photo_id: str, where: Seen) -> None:
        """Note that a photo of 32 hex digits was seen; a second row makes it TWICE."""
        name = bytes.fromhex(photo_id)
        before = self._seen.get(name, 0)
        twice = Seen.TWICE.value if before & where & Seen.TABLE else 0
        self._seen[name] = before | where.value | twice

    def where(self, photo_id: str) -> Seen:
        """Return where a photo was seen."""
        return Seen(self._seen.get(bytes.fromhex(photo_id), 0))

    def ids(self, wanted: Seen, but_not: Seen) -> Iterator[str]:
        """Yield the photos that were seen everywhere in `wanted` and nowhere in `but_not`."""
        has, lacks = wanted.value, but_not.value
        for name, flags in self._seen.items():
            if flags & has == has and not flags & lacks:
                yield name.hex()

    def number(self, where: Seen) -> int:
        """Return how many photos were seen there."""
        return sum(1 for _ in self.ids(where, Seen(0)))
