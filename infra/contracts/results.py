"""The results of a batch: what its run says of each photo, one JSON object a line, for whoever keeps the ledger.

The table stays the truth; results are its summary without features, small enough for a function to read.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.contracts.rejections import Rejection

FEATURES = "features"
"""The outcome of a photo without a rejection."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one photo: `features` or a rejection code, and the label that came with it."""

    photo_id: str
    outcome: str
    label: str | None = None


def key(batch_id: str) -> str:
    """Return where a batch's results lie below the results' prefix."""
    return f"{batch_id}/results.jsonl"


def encode(results: Iterable[Result]) -> bytes:
    """Write results sorted by photo, nulls left out: the same batch again gives the same bytes."""
    lines = []
    for result in sorted(results, key=lambda one: one.photo_id):
        line = {"photo_id": result.photo_id, "outcome": result.outcome}
        lines.append(line if result.label is None else {**line, "label": result.label})
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def decode(data: bytes) -> Iterator[Result]:
    """Read what `encode` wrote. Raises ValueError for anything else."""
    for number, line in enumerate(data.splitlines(), 1):
        try:
            result = Result(**json.loads(line))
        except TypeError as error:
            raise ValueError(f"results, line {number}: {error}") from error
        if result.outcome != FEATURES:
            Rejection(result.outcome)  # a ValueError says that there is no such code
        yield result
