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


def cost(size_bytes: int) -> int:
    """Return a photo's cost in byte equivalents."""
    return size_bytes + CNN_COST_BYTES


def partition_count(sizes: Sequence[int], slots: int) -> int:
    """Choose how many partitions: whole waves over the task slots, of about `PHOTOS_PER_TASK` small photos each.

    Never more than there are photos, never fewer than one.
    """
    tasks = sum(map(cost, sizes)) / (PHOTOS_PER_TASK * CNN_COST_BYTES)
    waves = max(1, math.ceil(tasks / slots))
    return max(1, min(len(sizes), waves * slots))


def plan(sizes: Sequence[int], partitions: int) -> list[list[int]]:
    """Assign each photo (by index) to a partition: the longest first, each to the lightest so far.

    The largest partition is at most 4/3 - 1/(3 partitions) of the best possible (R. L. Graham, "Bounds on
    Multiprocessing Timing Anomalies", 1969). Within a partition the order is the manifest's.
    """
    loads = [(0, index) for index in range(partitions)]
    chosen: list[list[int]] = [[] for _ in range(partitions)]
    for photo in sorted(range(len(sizes)), key=lambda index: (-sizes[index], index)):
        load, index = heapq.heappop(loads)
        chosen[index].append(photo)
        heapq.heappush(loads, (load + cost(sizes[photo]), index))
    return [sorted(photos) for photos in chosen if photos]
