"""A model's card: what it was fitted on, how, and with what result. It is the last file of a version to be written."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from contracts.errors import GiveUp
from spark_app.pca.fit import FitSettings, Model

MARKS = (0.80, 0.95, 0.99)
"""Shares of variance that the card and the scree plot count components for."""


@dataclass(frozen=True)
class ModelCard:
    """The description of a version. `files` has the SHA-256 of its other files, except those of the matrix."""

    version: str
    created_at: str
    table: str
    snapshot_id: int
    sequence_number: int
    backbone: str
    artifact_sha256: str
    n: int
    width: int
    k: int
    mode: str
    why: str
    rows_inserted: int
    rows_deleted: int
    left_out: dict[str, int]
    """How many rows of each other artifact the snapshot has; the model was not fitted on them."""
    settings: dict[str, Any]
    explained: float
    """The share of variance that the k components keep."""
    components_for: dict[str, int]
    """How many components keep 80, 95 and 99 % of the variance."""
    shares: list[float]
    """Each kept component's share of the variance."""
    notes: list[str]
    previous: str | None
    """The version before, if it is of the same artifact; `drift` compares with it."""
    drift: dict[str, Any] | None
    suggestions: dict[str, Any] | None
    matrix: dict[str, Any]
    reduced: str
    files: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the card as JSON with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> "ModelCard":
        """Read a card. Fields of a later release are passed over; a field with a default may be missing.

        Raises:
            GiveUp: the bytes are no card.
        """
        try:
            found = json.loads(data)
            return cls(**{name: found[name] for name in cls.__dataclass_fields__ if name in found})
        except (ValueError, KeyError, TypeError) as error:
            raise GiveUp(f"not a model's card: {error!r}") from error


def settings_of(settings: FitSettings) -> dict[str, Any]:
    """Return the settings as the card holds them."""
    return asdict(settings)


def components_for(model: Model, share: float) -> int:
    """Return how many components keep at least `share` of the variance.

    `explained` may end at 1 - ε: without the tolerance 100 % would never be reached.
    """
    return int(np.searchsorted(model.explained, share - 1e-12) + 1)


def shares_of(model: Model) -> dict[str, Any]:
    """Return the card's fields that describe how the variance is spread."""
    total = float(model.spectrum.sum())
    return {
        "explained": float(model.explained[len(model.variances) - 1]),
        "components_for": {f"{mark:.0%}": components_for(model, mark) for mark in MARKS},
        "shares": [float(value) / total if total else 0.0 for value in model.variances],
    }
