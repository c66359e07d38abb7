"""The closing report of the extract job."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from contracts.photos.rejections import Rejection
from contracts.photos.results import FEATURES
from spark_app.extract.attempt import AttemptResult
from spark_app.extract.earlier import Earlier
from spark_app.extract.manifest import Batch

MOST_FLAWS = 20
"""At most this many of a manifest's flaws are named in the report; all of them are counted."""


@dataclass
class ExtractReport:
    """The members of the closing JSON line. Seconds are wall time on the driver; `workers` sums over all tasks.

    `photos` counts those that the manifest names; `features` and `rejections` count this run's own work.
    """

    batch_id: str
    photos: int = 0
    features: int = 0
    rejections: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """Rejections that may pass, by code. Those photos have no row yet; another batch tries them again."""
    kept: int = 0
    """Photos whose row an earlier run of this batch had committed."""
    elsewhere: int = 0
    """Photos that have their row in another batch."""
    doubled: int = 0
    """Photos that have rows both in this batch and in another: a fault that the repair job mends."""
    entries_malformed: int = 0
    entries_unreadable: int = 0
    flaws: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    images_per_second: float = 0.0
    bytes_read: int = 0
    snapshot_id: int | None = None
    backbone: str = ""
    artifact_sha256: str = ""
    engine: str = ""
    partitions: int = 0
    """Of all chunks together."""
    chunks: int = 0
    """Commits of this run; 0 where nothing was left to do."""
    workers: dict[str, int] = field(default_factory=dict)
    suggestions: dict[str, Any] | None = None

    def record_manifest(self, batch: Batch, engine: str) -> None:
        """Count a manifest's entries by kind."""
        self.engine = engine
        self.photos = len(batch.photos) + len(batch.malformed)
        self.entries_malformed, self.entries_unreadable = len(batch.malformed), len(batch.unreadable)
        self.flaws = batch.flaws()[:MOST_FLAWS]

    def record_attempt(self, done: AttemptResult, earlier: Earlier) -> None:
        """Take in what a run did, what it left alone, and what its workers counted."""
        self.kept, self.elsewhere, self.doubled = len(earlier.kept), len(earlier.elsewhere), earlier.doubled
        counts, left_out = done.totals.counts.value, done.left_out()
        worked = counts["photos"]
        self.snapshot_id, self.chunks, self.partitions = done.snapshot_id, done.chunks, done.partitions
        self.features = counts.pop(FEATURES, 0)
        self.rejections = {code.value: counts.pop(code.value) for code in Rejection if code.value in counts}
        self.left_out = dict(sorted(Counter(result.outcome for result in left_out).items()))
        self.bytes_read = counts["bytes_read"]
        self.workers = dict(sorted(counts.items()))
        self.images_per_second = round(worked / max(self.seconds["extract_and_commit"], 0.001), 1)
