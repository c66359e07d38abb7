"""The rows of the table `photos`, without features: those of some photos, of a key, or the ids of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from infra.ops.target import Target

_FACTS = (
    "photo_id",
    "batch_id",
    "key",
    "version_id",
    "label",
    "width",
    "height",
    "format",
    "rejection",
    "extracted_at",
)
_AT_ONCE = 200
"""Ids in one filter: Iceberg compares up to 200 of them with the bounds of a file, and reads every file for more."""


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One row. `rejection` None: it has features. `extracted_at` is UTC."""

    photo_id: str
    batch_id: str
    key: str
    version_id: str | None
    label: str | None
    width: int | None
    height: int | None
    format: str | None
    rejection: str | None
    extracted_at: datetime


@dataclass(frozen=True, slots=True)
class PhotoRows:
    """The table `database.table` of a deployed stack; a table that is not there yet has no rows."""

    target: Target
    table: str

    def ids(self, prefix: str | None = None) -> Iterator[tuple[str, datetime]]:
        """Yield each row's photo and when it was extracted (UTC), a batch of Arrow's at a time.

        `prefix`: only rows whose key begins so.
        """
        asked = {} if prefix is None else {"row_filter": _expressions().StartsWith("key", prefix)}
        for found in self._batches(("photo_id", "extracted_at"), **asked):
            yield from zip(found["photo_id"].to_pylist(), map(_utc, found["extracted_at"].to_pylist()), strict=True)

    def of(self, photo_ids: Sequence[str]) -> list[PhotoRow]:
        """Return the rows of these photos. Each 200 ids are one read of the files whose bounds may hold them."""
        ids, rows = iter(photo_ids), list[PhotoRow]()
        while some := tuple(islice(ids, _AT_ONCE)):
            rows += self._rows(row_filter=_expressions().In("photo_id", some))
        return rows

    def of_key(self, key: str) -> list[PhotoRow]:
        """Return the rows of all versions of an object. It reads the whole column: keys have no bounds on purpose."""
        return self._rows(row_filter=_expressions().EqualTo("key", key))

    def of_name(self, name: str) -> list[PhotoRow]:
        """Return the rows of all objects with this file name. It reads the whole column, as `of_key`."""
        found = {
            one["photo_id"]
            for batch in self._batches(("photo_id", "key"))
            for one in batch.to_pylist()
            if one["key"].rpartition("/")[2] == name
        }
        return self.of(sorted(found))

    def _rows(self, **asked: Any) -> list[PhotoRow]:
        rows = [row for batch in self._batches(_FACTS, **asked) for row in batch.to_pylist()]
        return [PhotoRow(**{**row, "extracted_at": _utc(row["extracted_at"])}) for row in rows]

    def _batches(self, fields: Sequence[str], **asked: Any) -> Iterator[Any]:
        from pyiceberg.exceptions import NoSuchTableError

        from infra.ops.tables import open_table

        try:
            table = open_table(self.target, self.table)
        except NoSuchTableError:
            return
        yield from table.scan(selected_fields=tuple(fields), **asked).to_arrow_batch_reader()


def _expressions() -> Any:
    """Return PyIceberg's filters, without types: its declared ones are those of a model, not of what one calls."""
    from pyiceberg import expressions

    return expressions


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
