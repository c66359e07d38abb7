"""What is right of each held-out photo, by four measures (pure)."""

from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.artifact_choice.paired import Bools
from benchmarks.backbones.measure import neighbour_is_right
from benchmarks.suggestions.score import held_out, known, ours
from benchmarks.suggestions.sets import Photos

AT_ONCE, AMONG_THREE, KNOWN, NEIGHBOUR = "at_once", "among_three", "known_and_right", "neighbour"
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        AT_ONCE: "right at once",
        AMONG_THREE: "right among three",
        KNOWN: "known and right",
        NEIGHBOUR: "nearest neighbour",
    }
)
"""In words. Known: the similarity reaches the threshold that the other folds' answers calibrate, for each artifact
anew. The nearest neighbour is one of another fold."""


def right(photos: Photos) -> dict[str, Bools]:
    """Return for each measure which photos are right (n,), by models fitted on the other folds' photos."""
    answers = held_out(photos.rows, photos.labels, photos.folds, ours)
    return {
        AT_ONCE: answers.right,
        AMONG_THREE: (answers.told == answers.true[:, None]).any(axis=1),
        KNOWN: known(answers) & answers.right,
        NEIGHBOUR: neighbour_is_right(photos.rows.astype("float32"), photos.labels, photos.folds),
    }
