"""The results of a batch: one line of JSON per photo. The functions read them when the run has ended.

The table `photos` is the truth. Results summarise it without features, small enough for a function to read.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from contracts.photos.rejections import Rejection

FEATURES = "features"
"""The outcome of a photo that was not rejected."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label that a photo may have, and the cosine similarity (-1 to 1) to the photos of that label."""

    label: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one photo, `features` or a rejection code, and the label that the uploader gave.

    With a model: its suggestions, best first, and whether the best one is similar enough for the photo to be known.
    """

    photo_id: str
    outcome: str
    label: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    known: bool | None = None
    model_version: str | None = None
    row_written: bool = True
    """False: the rejection may pass, so no row was committed and the photo waits for another batch."""


def key(batch_id: str) -> str:
    """Return the key of a batch's results below the results' prefix."""
    return f"{batch_id}/results.jsonl"


def encode(results: Iterable[Result]) -> bytes:
    """Write results sorted by photo, without defaults. The same results give the same bytes."""
    lines = []
    for result in sorted(results, key=lambda one: one.photo_id):
        line = {name: value for name, value in asdict(result).items() if value is not None and value != ()}
        if result.row_written:
            del line["row_written"]
        lines.append(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    return b"".join(lines)


def decode(data: bytes) -> Iterator[Result]:
    """Read what `encode` writes, or wrote before there were suggestions. Raises ValueError for anything else."""
    for number, line in enumerate(data.splitlines(), 1):
        try:
            result = _result(json.loads(line))
        except TypeError as error:
            raise ValueError(f"results, line {number}: {error}") from error
        if result.outcome != FEATURES:
            Rejection(result.outcome)  # raises ValueError for an unknown code
        yield result


def _result(line: Any) -> Result:
    members = {**line}
    suggestions = tuple(Suggestion(**one) for one in members.pop("suggestions", ()))
    return Result(**members, suggestions=suggestions)
