"""Compare bucket, ledger and table: a pass over each, then each difference is asked for again.

Passes: the ledger's ids, the rows' ids, the bucket's versions. What differs is then asked for photo by photo, so that a
photo that moved between two passes is no finding.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from chalicelib.domain.records import LedgerPhoto
from chalicelib.domain.states import PhotoState
from infra.ops.bucket_versions import Version
from infra.ops.photo_rows import PhotoRow
from infra.ops.reconciliation.census import Census, Seen
from infra.ops.reconciliation.findings import Finding, Named, Reconciliation

_AT_ONCE = 1000
_HAS_ROW = frozenset({PhotoState.DONE, PhotoState.REJECTED})


@dataclass(frozen=True, slots=True)
class Sources:
    """What is compared. `entry_of` and `rows_of` ask again for some photos; each is called when it is needed."""

    photo_ids: Callable[[], Iterable[str]]
    versions: Callable[[], Iterable[Version]]
    row_ids: Callable[[], Iterable[tuple[str, datetime]]]
    entry_of: Callable[[str], LedgerPhoto | None]
    rows_of: Callable[[Sequence[str]], Sequence[PhotoRow]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What counts as a finding, and how much of it is kept."""

    young: datetime
    """A photo uploaded since then may still be on its way."""
    old: datetime
    """The ledger has forgotten rows that are older."""
    whole: bool = True
    """Everything is compared, and not the photos below a prefix alone."""
    most: int = 100_000
    """Of each finding at most so many photos are named; all are counted."""


@dataclass
class Comparison:
    """One comparison at work."""

    sources: Sources
    bounds: Bounds
    census: Census = field(default_factory=Census)
    found: Reconciliation = field(default_factory=Reconciliation)

    def run(self) -> Reconciliation:
        """Compare, and return what was found."""
        for photo_id in self.sources.photo_ids():
            self.census.see(photo_id, Seen.LEDGER)
        for photo_id, extracted_at in self.sources.row_ids():
            self.census.see(photo_id, Seen.TABLE | (Seen.OLD if extracted_at < self.bounds.old else Seen(0)))
        self._find_lost_events(self._read_bucket())
        self._find_missing_rows()
        self._find_extra_rows()
        return self._counted()

    def _read_bucket(self) -> list[Version]:
        """Note all versions; return those that nobody knows, at most `most`, and count the others as lost."""
        unknown: list[Version] = []
        for one in self.sources.versions():
            self.census.see(one.photo_id, Seen.BUCKET)
            if not one.is_versioned:
                self.found.add(Finding.UNVERSIONED, of_version(one), self.bounds.most)
            elif one.uploaded_at > self.bounds.young:
                self.found.young += 1
            elif not self.census.where(one.photo_id) & (Seen.LEDGER | Seen.TABLE):
                if len(unknown) < self.bounds.most:
                    unknown.append(one)
                else:
                    self.found.count(Finding.EVENT_LOST, 1)
        return unknown

    def _find_lost_events(self, candidates: Sequence[Version]) -> None:
        known = self._entries(one.photo_id for one in candidates)
        for one, (_, entry) in zip(candidates, known, strict=True):
            if entry is None:
                self.found.lost.append(one)
                self.found.add(Finding.EVENT_LOST, of_version(one), self.bounds.most)

    def _find_missing_rows(self) -> None:
        wanted = Seen.LEDGER if self.bounds.whole else Seen.LEDGER | Seen.BUCKET
        entries = self._entries(self.census.ids(wanted, Seen.TABLE))
        without = (entry for _, entry in entries if entry is not None and entry.state in _HAS_ROW)
        while some := list(islice(without, _AT_ONCE)):
            there = {row.photo_id for row in self.sources.rows_of([entry.upload.photo_id for entry in some])}
            for entry in some:
                if entry.upload.photo_id not in there:
                    self.found.add(Finding.ROW_MISSING, of_entry(entry), self.bounds.most)

    def _find_extra_rows(self) -> None:
        entries = self._entries(self.census.ids(Seen.TABLE, Seen.LEDGER | Seen.OLD))
        self._add_rows(Finding.ROW_UNKNOWN, (name for name, entry in entries if entry is None))
        self._add_rows(Finding.ROW_TWICE, self.census.ids(Seen.TABLE | Seen.TWICE, Seen(0)))
        self._add_rows(Finding.PHOTO_GONE, self.census.ids(Seen.TABLE, Seen.BUCKET))

    def _add_rows(self, finding: Finding, ids: Iterator[str]) -> None:
        """Name the rows of some photos, as far as there is room; the others are counted alone."""
        while some := list(islice(ids, _AT_ONCE)):
            if self.found.room(finding, self.bounds.most) <= 0:
                self.found.count(finding, len(some))
                continue
            rows = self.sources.rows_of(some)
            self.found.count(finding, len({row.photo_id for row in rows}))
            for row in rows:
                self.found.name(finding, of_row(row), self.bounds.most)

    def _entries(self, ids: Iterable[str]) -> Iterator[tuple[str, LedgerPhoto | None]]:
        """Yield photos with what the ledger says of each now."""
        for photo_id in ids:
            yield photo_id, self.sources.entry_of(photo_id)

    def _counted(self) -> Reconciliation:
        self.found.bucket, self.found.ledger, self.found.table = (
            self.census.number(where) for where in (Seen.BUCKET, Seen.LEDGER, Seen.TABLE)
        )
        self.found.forgotten = sum(1 for _ in self.census.ids(Seen.TABLE | Seen.OLD, Seen.LEDGER))
        return self.found


def of_version(one: Version) -> Named:
    """Name a version of the bucket."""
    return Named(one.photo_id, one.key, one.version_id)


def of_entry(entry: LedgerPhoto) -> Named:
    """Name a photo of the ledger."""
    return Named(entry.upload.photo_id, entry.upload.key, entry.upload.version_id, entry.batch_id)


def of_row(row: PhotoRow) -> Named:
    """Name a row."""
    return Named(row.photo_id, row.key, row.version_id, row.batch_id)
