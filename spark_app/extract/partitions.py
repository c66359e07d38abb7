"""Spread a batch over tasks by predicted cost (pure).

The costs of photos differ by a factor of a thousand, so equal counts make unequal tasks. A cost is in seconds of one
core (`contracts.photos.costs`): decoding a phone's HEIC takes thirty times as long as the CNN, a JPEG of that size
twice.
"""

import heapq
import math
from collections.abc import Sequence

from contracts.photos.costs import NETWORK_SECONDS

PHOTOS_PER_TASK = 512
"""Long enough to hide a task's start, short enough that a lost executor costs seconds."""
WORKER_START_SECONDS = 1.0
"""What a Python worker uses of a core before its first photo, for imports and an engine: with less work for it than
that, another one costs more than it saves (`python -m benchmarks.first_row`)."""
LAST_WAVE = (0.5, 0.25, 0.25)
"""Sizes of the last wave's tasks, as shares of a full one."""


def weights(costs: Sequence[float], slots: int) -> list[float]:
    """Return a batch's partitions, as shares of a full one: whole waves over the task slots, largest first.

    A full partition is about `PHOTOS_PER_TASK` small photos. The last wave is cut into pieces, so that the slots end
    together: the first free slot takes the next piece, and the others wait for a quarter of a task at most (guided
    self-scheduling: C. D. Polychronopoulos and D. J. Kuck, IEEE Transactions on Computers C-36, 1987). There is at
    least one partition, and no more than there are photos, or than are worth a worker's start.
    """
    worth = max(1, math.ceil(sum(costs) / WORKER_START_SECONDS))
    tasks = sum(costs) / (PHOTOS_PER_TASK * NETWORK_SECONDS)
    waves = max(1, math.ceil(tasks / slots))
    whole = [1.0] * (slots * (waves - 1))
    return sorted(whole + list(LAST_WAVE) * slots, reverse=True)[: max(1, min(len(costs), worth))]


def plan(costs: Sequence[float], partitions: Sequence[float]) -> list[list[int]]:
    """Assign photos (by index) to partitions: the costliest first, each to the partition furthest below its share.

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
