"""What a comparison of bucket, ledger and table found, and what each finding means. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from infra.ops.bucket_versions import Version


class Finding(StrEnum):
    """One kind of difference. The value is its key in `fruits reconcile --json`."""

    EVENT_LOST = "event_lost"
    ROW_MISSING = "row_missing"
    ROW_UNKNOWN = "row_unknown"
    ROW_TWICE = "row_twice"
    PHOTO_GONE = "photo_gone"
    UNVERSIONED = "unversioned"


MISSING = (Finding.EVENT_LOST, Finding.ROW_MISSING)
EXTRA = (Finding.ROW_UNKNOWN, Finding.ROW_TWICE)
MEANINGS: Mapping[Finding, tuple[str, str]] = MappingProxyType(
    {
        Finding.EVENT_LOST: (
            "in the bucket, and neither ledger nor table knows it: its event was lost, or is a dead letter",
            "fruits reconcile --mend",
        ),
        Finding.ROW_MISSING: (
            "the ledger says that it has a row, and the table has none: erased by hand, or the table went back in time",
            "upload it again: its new version is a new photo",
        ),
        Finding.ROW_UNKNOWN: (
            "a row of a photo that the ledger does not know, though it forgets none so soon",
            "find who wrote it: the row names its batch",
        ),
        Finding.ROW_TWICE: ("two rows or more of one photo", "fruits repair --plan"),
        Finding.PHOTO_GONE: (
            "a row whose photo is no longer in the bucket: expired or deleted; rows outlive photos on purpose",
            "nothing",
        ),
        Finding.UNVERSIONED: (
            "written while the bucket had no versioning: it has no identity and gets no row",
            "switch versioning on, and upload it again",
        ),
    }
)
"""What each finding means, and what to do."""


@dataclass(frozen=True, slots=True)
class Named:
    """One photo of a finding."""

    photo_id: str
    key: str
    version_id: str | None
    batch_id: str | None = None


@dataclass
class Reconciliation:
    """What was found. `numbers` counts all photos of a finding, `named` has the first of them."""

    bucket: int = 0
    ledger: int = 0
    table: int = 0
    """Photos, not rows."""
    young: int = 0
    """Photos that may still be on their way, and were not judged."""
    forgotten: int = 0
    """Photos with a row that the ledger has forgotten, as it should."""
    numbers: dict[Finding, int] = field(default_factory=lambda: dict.fromkeys(Finding, 0))
    named: dict[Finding, list[Named]] = field(default_factory=lambda: {one: [] for one in Finding})
    lost: list[Version] = field(default_factory=list)
    """The versions whose event can be sent again."""

    def add(self, finding: Finding, photo: Named, most: int) -> None:
        """Count a photo, and name it where there is room."""
        self.count(finding, 1)
        self.name(finding, photo, most)

    def name(self, finding: Finding, photo: Named, most: int) -> None:
        """Name a photo, or one of its rows, where there is room."""
        if self.room(finding, most) > 0:
            self.named[finding].append(photo)

    def count(self, finding: Finding, number: int) -> None:
        """Count photos without naming them."""
        self.numbers[finding] += number

    def room(self, finding: Finding, most: int) -> int:
        """Return how many more photos may be named."""
        return most - len(self.named[finding])

    @property
    def in_order(self) -> bool:
        """Whether nothing is missing and nothing is extra."""
        return not any(self.numbers[one] for one in (*MISSING, *EXTRA))

    @property
    def judged(self) -> int:
        """Photos of the bucket that are old enough to be judged."""
        return self.bucket - self.young

    def conclusion(self, grace_minutes: float) -> str:
        """Return how many photos were judged, what of them is in order, and how the others are judged too."""
        said = ["Nothing is missing, and nothing is extra"] if self.in_order and (self.judged or not self.young) else []
        said.append(f"{self.judged:,} of the bucket's {self.bucket:,} photos were judged")
        if not self.young:
            return ": ".join(said) + "."
        younger = f"{self.young:,} are younger than {grace_minutes:g} minutes and may be on their way"
        return f"{': '.join(said)}; {younger}: `--grace 0` judges them too."

    def document(self, names: int, sent: int | None) -> dict[str, Any]:
        """Return what `fruits reconcile --json` says: at most `names` photos a finding; `sent` None: none asked."""
        return {
            "in_order": self.in_order,
            "photos": {"bucket": self.bucket, "ledger": self.ledger, "table": self.table},
            "judged": self.judged,
            "young": self.young,
            "forgotten": self.forgotten,
            "missing": sum(self.numbers[one] for one in MISSING),
            "extra": sum(self.numbers[one] for one in EXTRA),
            "findings": {
                one.value: {"number": self.numbers[one], "photos": [asdict(photo) for photo in self.named[one][:names]]}
                for one in Finding
            },
            "sent": sent,
        }
