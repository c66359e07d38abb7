"""Which of a photo's rows stays, where an earlier release has written several (pure).

That release committed rejections that may pass, and wrote the photo again under its next batch. The most informative
row stays: features before a final rejection, that before one that may pass; among equals the one extracted last.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES

MAY_PASS = tuple(code.value for code in Rejection if code.retryable)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """One row of a photo: its batch, its rejection (None: it has features), and when it was extracted, UTC."""

    photo_id: str
    batch_id: str
    rejection: str | None
    extracted_at: datetime | None

    @property
    def worth(self) -> tuple[int, datetime, str]:
        """The key of the choice: the greatest stays. The batch's name makes the choice repeatable."""
        says = 2 if self.rejection is None else 0 if self.rejection in MAY_PASS else 1
        return says, self.extracted_at or _NEVER, self.batch_id


@dataclass(frozen=True, slots=True)
class Doubled:
    """A photo with several rows: the one that stays, and those that go, most worthy first."""

    stays: Held
    goes: tuple[Held, ...]


def doubled_photos(rows: Iterable[Held]) -> list[Doubled]:
    """Return each photo that has more than one row, sorted by photo."""
    by_photo: dict[str, list[Held]] = defaultdict(list)
    for row in rows:
        by_photo[row.photo_id].append(row)
    ranked = [sorted(by_photo[photo], key=lambda row: row.worth, reverse=True) for photo in sorted(by_photo)]
    return [Doubled(best, tuple(others)) for best, *others in ranked if others]


def removals(found: Iterable[Doubled]) -> dict[str, Counter[str]]:
    """Return, by batch and photo, how many rows go."""
    gone: dict[str, Counter[str]] = defaultdict(Counter)
    for photo in found:
        for row in photo.goes:
            gone[row.batch_id][row.photo_id] += 1
    return dict(sorted(gone.items()))


def as_text(found: Sequence[Doubled]) -> Iterator[str]:
    """Yield the lines of a table for people: one line a row, the one that stays first, and the counts below."""
    yield f"{'photo':<32}  {'batch':<32}  {'outcome':<18}  {'extracted (UTC)':<19}  row"
    for photo in found:
        for row in (photo.stays, *photo.goes):
            name = row.photo_id if row is photo.stays else ""
            time = "" if row.extracted_at is None else f"{row.extracted_at:%Y-%m-%d %H:%M:%S}"
            word = "stays" if row is photo.stays else "goes"
            yield f"{name:<32}  {row.batch_id:<32}  {row.rejection or FEATURES:<18}  {time:<19}  {word}"
    gone = [row for photo in found for row in photo.goes]
    codes = Counter(row.rejection or FEATURES for row in gone)
    counts = ", ".join(f"{count:,} {code}" for code, count in sorted(codes.items())) or "none"
    batches = len({row.batch_id for row in gone})
    yield f"{len(found):,} photos with several rows; {len(gone):,} rows to remove ({counts}) from {batches:,} batches"
