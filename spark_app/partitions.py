"""Spread a batch over tasks by predicted cost (pure).

Photos differ by a factor of a thousand in bytes, so equal counts make unequal tasks. The cost of a photo is its bytes
plus a constant for what every photo costs alike: one pass of the CNN.
"""

import heapq
import math
from collections.abc import Sequence

# One pass of the CNN takes as long as decoding about this many bytes of JPEG (9 ms against 30 ns a byte).
CNN_COST_BYTES = 300_000
# Long enough to hide a task's start, short enough that a lost executor costs seconds.
PHOTOS_PER_TASK = 512
# What each slot's share of the last wave is cut into.
LAST_WAVE = (0.5, 0.25, 0.25)


def cost(size_bytes: int) -> int:
    """Return a photo's cost in byte equivalents."""
    return size_bytes + CNN_COST_BYTES


def weights(sizes: Sequence[int], slots: int) -> list[float]:
    """Choose the partitions of a batch, as shares of a full one: whole waves over the task slots, heavy ones first.

    A full partition is about `PHOTOS_PER_TASK` small photos. The last wave comes in pieces, so that the slots end
    together: the first to be free takes the next piece, and what waits for the last one is a quarter of a task (guided
    self-scheduling: C. D. Polychronopoulos and D. J. Kuck, IEEE Transactions on Computers C-36, 1987). Never more than
    there are photos, never fewer than one.
    """
    tasks = sum(map(cost, sizes)) / (PHOTOS_PER_TASK * CNN_COST_BYTES)
    waves = max(1, math.ceil(tasks / slots))
    whole = [1.0] * (slots * (waves - 1))
    return sorted(whole + list(LAST_WAVE) * slots, reverse=True)[: max(1, len(sizes))]


def plan(sizes: Sequence[int], partitions: Sequence[float]) -> list[list[int]]:
    """Assign each photo (by index) to a partition: the longest first, each to the one that is furthest below its share.

    For equal shares the largest partition is at most 4/3 - 1/(3 partitions) of the best possible (R. L. Graham, "Bounds
    on Multiprocessing Timing Anomalies", 1969). Within a partition the order is the manifest's.
    """
    full = sum(map(cost, sizes)) / sum(partitions)
    loads = [(-share * full, index) for index, share in enumerate(partitions)]
    heapq.heapify(loads)
    chosen: list[list[int]] = [[] for _ in partitions]
    for photo in sorted(range(len(sizes)), key=lambda index: (-sizes[index], index)):
        load, index = heapq.heappop(loads)
        chosen[index].append(photo)
        heapq.heappush(loads, (load + cost(sizes[photo]), index))
    return [sorted(photos) for photos in chosen if photos]
