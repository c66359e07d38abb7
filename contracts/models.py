"""Published models: what lies where below `models/pca/`, and the pointer to the latest one.

A version is a folder that never changes, `models/pca/<version>/`; it is one only once its `card.json` is there, which
is written last. `models/pca/latest.json` is the pointer: it alone says which version counts.
"""

import json
from dataclasses import asdict, dataclass

FOLDER = "models/pca"
"""In the lake's bucket."""
POINTER = "latest.json"

CARD = "card.json"
MODEL = "model.npz"
STATE = "moments.npz"
CLASSIFIER = "classifier.npz"
DRIFT = "drift.json"
SCREE_PICTURE = "scree.png"
COMPONENTS_PICTURE = "components.png"
DRIFT_PICTURE = "drift.png"
MATRIX = "matrix"
"""The folder of the reduced matrix: `part-00000.csv`, `part-00000.parquet`, …"""


def version_name(sequence_number: int, run_id: str) -> str:
    """Name a version: the sequence number of its snapshot, so that names sort by age, and who made it."""
    return f"{sequence_number:08d}-{run_id[:8]}"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is the latest, and on what it was fitted."""

    version: str
    generation: int
    """Counts the pointer's moves from 1, so that no two of them have equal bytes."""
    sequence_number: int
    """Of the snapshot in Iceberg's order: the pointer never moves to a smaller one."""
    snapshot_id: int
    artifact_sha256: str
    backbone: str
    table: str
    card_sha256: str
    reduced: str
    """The table of the reduced matrix …"""
    reduced_snapshot_id: int
    """… and the snapshot of it that belongs to this version."""


def encode(pointer: Pointer) -> bytes:
    """Write the pointer as JSON, keys in order."""
    return json.dumps(asdict(pointer), indent=2, sort_keys=True).encode() + b"\n"


def decode(data: bytes) -> Pointer:
    """Read what `encode` wrote. Raises ValueError for anything else; fields of a later release are passed over."""
    try:
        found = json.loads(data)
        return Pointer(**{name: found[name] for name in Pointer.__dataclass_fields__})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{POINTER} is no pointer: {error!r}") from error
