"""Published models: the files below `models/pca/`, and the pointer to the latest version.

A version is a folder `models/pca/<version>/` that never changes. `card.json` is written last: a folder without it is no
version. The pointer, `models/pca/latest.json`, alone says which version is in use.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

FOLDER = "models/pca"
"""Where they lie in the lake's bucket."""
POINTER = "latest.json"

CARD = "card.json"
MODEL = "model.npz"
STATE = "moments.npz"
CLASSIFIER = "classifier.npz"
DRIFT = "drift.json"
SCREE_PICTURE = "scree.png"
COMPONENTS_PICTURE = "components.png"
DRIFT_PICTURE = "drift.png"
PICTURES: Mapping[str, str] = MappingProxyType(
    {
        SCREE_PICTURE: "how many components keep how much of the variance",
        COMPONENTS_PICTURE: "all photos on the first two components, by label",
        DRIFT_PICTURE: "how this model differs from the one before",
    }
)
"""What a refit draws, and what each picture shows: whoever publishes, fetches or lists pictures walks this table."""
MATRIX = "matrix"
"""The folder of the reduced matrix: `part-00000.csv`, `part-00000.parquet`, …"""


def version_name(sequence_number: int, run_id: str) -> str:
    """Name a version by its snapshot's sequence number, so that names sort by age, and by the run that made it."""
    return f"{sequence_number:08d}-{run_id[:8]}"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is the latest, and what it was fitted on."""

    version: str
    generation: int
    """Counts the pointer's moves from 1, so that no two of them have equal bytes."""
    sequence_number: int
    """The snapshot's place in Iceberg's order. The pointer never moves to a smaller one."""
    snapshot_id: int
    artifact_sha256: str
    backbone: str
    table: str
    card_sha256: str
    reduced: str
    """The table of the reduced matrix."""
    reduced_snapshot_id: int
    """The snapshot of `reduced` that belongs to this version."""


def encode(pointer: Pointer) -> bytes:
    """Write the pointer as JSON, keys in order."""
    return json.dumps(asdict(pointer), indent=2, sort_keys=True).encode() + b"\n"


def decode(data: bytes) -> Pointer:
    """Read what `encode` wrote. Ignore fields of a later release; a field with a default may be missing.

    Raises ValueError for anything else.
    """
    try:
        found = json.loads(data)
        return Pointer(**{name: found[name] for name in Pointer.__dataclass_fields__ if name in found})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{POINTER} is no pointer: {error!r}") from error
