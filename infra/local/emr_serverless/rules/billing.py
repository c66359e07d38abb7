"""What a job run, or one of its attempts, used and is billed. Pure.

Source: EMR Serverless service model, `JobRun.totalResourceUtilization` ("rounded up to the nearest second") and
`JobRun.billedResourceUtilization` ("a 1-minute minimum usage for workers, plus additional storage over 20 GB per
worker"); pricing page: per second, each worker from its start to its end. Figures have three decimals, as in the
service's own events.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .records import Attempt, Run
from .workers import WorkerSize

FREE_STORAGE_GB = 20
MINIMUM_SECONDS = 60
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class WorkerTime:
    """A worker and how long it lived, in seconds."""

    size: WorkerSize
    seconds: float


@dataclass(frozen=True, slots=True)
class Utilization:
    """Hours of vCPU, of GB of memory, of GB of storage."""

    vcpu_hours: float
    memory_gb_hours: float
    storage_gb_hours: float

    def as_response(self) -> dict[str, float]:
        """Return the members of the service model's `ResourceUtilization`."""
        return {
            "vCPUHour": self.vcpu_hours,
            "memoryGBHour": self.memory_gb_hours,
            "storageGBHour": self.storage_gb_hours,
        }


def bill(run: Run, attempts: Sequence[Attempt] | None = None) -> tuple[Utilization, Utilization]:
    """Return what a run used and what it is billed, over all its attempts or over the given ones.

    Every attempt begins with new workers, which live as long as its driver.
    """
    times = [
        WorkerTime(size, (attempt.ended_at - attempt.started_at).total_seconds())
        for attempt in (run.attempts if attempts is None else attempts)
        if attempt.started_at and attempt.ended_at
        for size in run.workers.sizes()
    ]
    return used(times), billed(times)


def used(workers: Iterable[WorkerTime]) -> Utilization:
    """Return what the workers used: whole seconds, all of their disk."""
    return _sum((worker.size, math.ceil(worker.seconds), worker.size.disk_gb) for worker in workers)


def billed(workers: Iterable[WorkerTime]) -> Utilization:
    """Return what is billed: at least a minute a worker, and only the disk beyond the free 20 GB."""
    return _sum(
        (
            worker.size,
            max(MINIMUM_SECONDS, math.ceil(worker.seconds)),
            max(0, worker.size.disk_gb - FREE_STORAGE_GB),
        )
        for worker in workers
    )


def _sum(workers: Iterable[tuple[WorkerSize, int, int]]) -> Utilization:
    cpu = memory = storage = 0
    for size, seconds, disk_gb in workers:
        cpu += size.cpu * seconds
        memory += size.memory_gb * seconds
        storage += disk_gb * seconds
    return Utilization(_hours(cpu), _hours(memory), _hours(storage))


def _hours(unit_seconds: int) -> float:
    return round(unit_seconds / 3600, _DECIMALS)
