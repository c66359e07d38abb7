"""What the refit job says at its end: one JSON object."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from spark_app.models.card import components_for
from spark_app.refit.publish import Made


@dataclass
class Report:
    """What the JSON line says. Seconds are of wall time on the driver."""

    outcome: str = "done"
    version: str | None = None
    previous: str | None = None
    mode: str | None = None
    why: str | None = None
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

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Book the block's wall time under a stage's name."""
        started = perf_counter()
        yield
        self.seconds[stage] = round(perf_counter() - started, 3)

    def tell(self, made: Made) -> None:
        """Say what version was made."""
        self.outcome = "done" if made.published else "superseded"
        self.version, self.k, self.notes = made.card.version, made.card.k, made.card.notes
        self.explained_variance_95_k = components_for(made.model, 0.95)
        self.explained, self.suggestions = made.card.explained, made.card.suggestions
        if made.card.drift is not None:
            self.change, self.reproject = made.card.drift["change"], made.card.drift["reproject"]
