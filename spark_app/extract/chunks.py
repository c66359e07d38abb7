"""Cut a batch into chunks of one commit each, by predicted cost (pure).

A run may be cancelled at its time limit. Its commits stay, and the next attempt works only on the rest.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, groupby

from contracts.photos.costs import cpu_seconds
from contracts.photos.manifest import Photo

SECONDS = 300.0
"""Predicted time of a chunk: long beside a commit (seconds), short beside the 15 minutes that a small run may take."""


def cut(photos: Sequence[Photo], slots: int, seconds: float = SECONDS) -> list[list[Photo]]:
    """Cut photos, in their order, into the fewest chunks of about equal cost that take `slots` at most `seconds` each.

    A chunk exceeds its share by less than its last photo's cost. No photos give no chunks.
    """
    costs = [cpu_seconds(photo.key, photo.size_bytes) for photo in photos]
    total = sum(costs)
    count = max(1, math.ceil(total / (slots * seconds)))
    middles = [end - cost / 2 for end, cost in zip(accumulate(costs), costs, strict=True)]
    places = [min(count - 1, int(middle / total * count)) for middle in middles]
    return [[photo for _, photo in chunk] for _, chunk in groupby(zip(places, photos, strict=True), lambda one: one[0])]
