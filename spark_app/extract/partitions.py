"""Spread a batch over tasks by predicted cost (pure).

Photos differ by a factor of a thousand in what they cost, so equal counts make unequal tasks. A cost is in seconds of
one core (`contracts.photos.costs`): a phone's HEIC takes thirty times what its CNN takes, a JPEG of that size two.
"""

import heapq
import math
from collections.abc import Sequence

from contracts.photos.costs import NETWORK_SECONDS

# Long enough to hide a task's start, short enough that a lost executor costs seconds.
PHOTOS_PER_TASK = 512
# What each slot's share of the last wave is cut into.
LAST_WAVE = (0.5, 0.25, 0.25)


def weights(costs: Sequence[float], slots: int) -> list[float]:
    """Choose the partitions of a batch, as shares of a full one: whole waves over the task slots, heavy ones first.

    A full partition is about `PHOTOS_PER_TASK` small photos. The last wave comes in pieces, so that the slots end
    together: the first to be free takes the next piece, and what waits for the last one is a quarter of a task (guided
    self-scheduling: C. D. Polychronopoulos and D. J. Kuck, IEEE Transactions on Computers C-36, 1987). Never more than
    there are photos, never fewer than one.
    """
    tasks = sum(costs) / (PHOTOS_PER_TASK * NETWORK_SECONDS)
    waves = max(1, math.ceil(tasks / slots))
    whole = [1.0] * (slots * (waves - 1))
    return sorted(whole + list(LAST_WAVE) * slots, reverse=True)[: max(1, len(costs))]


def plan(costs: Sequence[float], partitions: Sequence[float]) -> list[list[int]]:
    """Assign each photo (by index) to a partition: the longest first, each to the one that is furthest below its share.

    For equal shares the largest partition is at most 4/3 - 1/(3 partitions) of the best possible (R. L. Graham, "Bounds
    on Multiprocessing Timing Anomalies", 1969). Within a partition the order is the manifest's.
    """
    full = sum(costs) / sum(partitions)
    loads = [(-share * full, index) for index, share in enumerate(partitions)]
    heapq.heapify(loads)
    chosen: list[list[int]] = [[] for _ in partitions]
    for photo in sorted(range(len(costs)), key=lambda index: (-costs[index], index)):
        load, index = heapq.heappop(loads)
        chosen[index].append(photo)
        heapq.heappush(loads, (load + costs[photo], index))
    return [sorted(photos) for photos in chosen if photos]
