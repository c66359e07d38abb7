"""The closing report of the refit job."""

from dataclasses import dataclass, field
from typing import Any

from contracts.jobs.report import DONE
from spark_app.models.card import components_for
from spark_app.refit.publish import PublishedModel


@dataclass
class RefitReport:
    """The members of the closing JSON line. Seconds are wall time on the driver, by step."""

    outcome: str = DONE
    version: str | None = None
    previous: str | None = None
    mode: str | None = None
    why: str | None = None
    read_by_spark: str | None = None
    """Why the rows had to be read by Spark; None where Arrow read them from the snapshot's files."""
    table: str = ""
    snapshot_id: int | None = None
    sequence_number: int | None = None
    backbone: str = ""
    artifact_sha256: str = ""
    n: int = 0
    k: int = 0
    explained_variance_95_k: int | None = None
    explained: float | None = None
    rows_inserted: int = 0
    rows_deleted: int = 0
    change: float | None = None
    reproject: bool | None = None
    suggestions: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    peak_driver_mb: int = 0

    def record(self, model: PublishedModel) -> None:
        """Take in the version that was made."""
        self.outcome = DONE if model.published else "superseded"
        self.version, self.k, self.notes = model.card.version, model.card.k, model.card.notes
        self.explained_variance_95_k = components_for(model.model, 0.95)
        self.explained, self.suggestions = model.card.explained, model.card.suggestions
        if model.card.drift is not None:
            self.change, self.reproject = model.card.drift["change"], model.card.drift["reproject"]
