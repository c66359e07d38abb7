"""How large a job run is, by the work in its batch or table. Pure. Each number has its source beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType

from chalicelib.domain.batches import Batching
from contracts.jobs.names import Kind

WORK_SECONDS = 300
"""How long a run should work. In a shorter one the start, a minute or two that is billed, outweighs the work. In a
longer one photos wait longer for their rows, though more executors would have cost the same."""
SMALL_BATCH_SECONDS = 600
"""Seconds of one core. A two-core executor does this work, about 24,000 small photos, in the time that a run should
work. Four cores would be sooner done by two minutes, and their start would cost a third more."""
START_MINUTES = 10
"""Time to find workers, start them and unpack the environment's archive on them."""
MINIMUM_TIMEOUT_MINUTES = 15
SLACK = 3
"""A run times out when it takes this many times the expected time: a hung run costs money."""
MOST_TIMEOUT_MINUTES = 720
"""Half a day, the service's own default. A stopped run keeps its commits, and the next one continues."""
DRIVER_VCPU, DRIVER_GB = 1, 4
FULL_START_SHARE = 0.25
"""A batch is full when the start of its run is at most this share of the run's cost: some 1,500 photos of a phone as
HEIC. Small photos are full by their number."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The maximum capacity of the EMR Serverless application."""

    vcpu: int
    memory_gb: int


@dataclass(frozen=True, slots=True)
class Size:
    """The workers and the timeout of one run. An executor runs one Python worker a core, each with its own engine."""

    executors: int
    executor_cores: int
    timeout_minutes: int

    @property
    def executor_gb(self) -> int:
        """Twice the cores: half for the JVM's heap, half for Python workers of at most 0.5 GB each, and their buffers.

        A worker with 2 vCPU has 4 to 16 GB, one with 4 vCPU 8 to 30 (User Guide, "Worker configurations").
        """
        return 2 * self.executor_cores

    @property
    def vcpu(self) -> int:
        """Of the whole run."""
        return DRIVER_VCPU + self.executors * self.executor_cores

    @property
    def memory_gb(self) -> int:
        """Of the whole run."""
        return DRIVER_GB + self.executors * self.executor_gb


@dataclass(frozen=True, slots=True)
class Pace:
    """How much work one core does in a second, in the work's own unit, and the limits of a run."""

    per_core_second: int
    small: int
    """Work up to this amount runs on one two-core executor."""
    least_timeout_minutes: int


EXTRACT = Pace(1, SMALL_BATCH_SECONDS, MINIMUM_TIMEOUT_MINUTES)
"""Its unit of work is a second of one core: `contracts/photos/costs.py`."""
SCHEDULED: Mapping[Kind, Pace] = MappingProxyType(
    {
        # The unit is a row of 1280 features. A run reads rows twice: for the moments (measured: 2,800 a core-second
        # without reading), and for the reduced matrix and its files. The size is that of a full pass; the job itself
        # decides whether it needs one. The timeout leaves time for the driver's own work on one core: eigenvalues,
        # pictures, publication.
        Kind.REFIT: Pace(1_000, 500_000, 30),
        # The unit is a row of 5 KB. A run rewrites small files as large ones, with zstd at some 10 MB a core-second.
        # Most weeks most files are large already. Expiring snapshots and removing orphans list and delete object by
        # object: minutes of the driver, and nothing of the executors.
        Kind.MAINTAIN: Pace(2_000, 1_000_000, 60),
    }
)


def size(cpu_seconds: float, failures: int, capacity: Capacity, batching: Batching) -> Size:
    """Return the size of an extract run: its work in seconds of one core, within its share of the capacity.

    The share is what a run may use while all runs in flight are at work. Each failure doubles the timeout, because
    the expected costs are guesses.
    """
    found = _sized(cpu_seconds, EXTRACT, capacity, batching)
    return replace(found, timeout_minutes=min(found.timeout_minutes * 2**failures, MOST_TIMEOUT_MINUTES))


def scheduled_size(kind: Kind, rows: int, capacity: Capacity, batching: Batching) -> Size:
    """Return the size of a scheduled job's run over a table of `rows`, within the share of one run in flight."""
    return _sized(rows, SCHEDULED[kind], capacity, batching)


def _sized(work: float, pace: Pace, capacity: Capacity, batching: Batching) -> Size:
    cores = 2 if work <= pace.small else 4
    vcpu, memory_gb = capacity.vcpu // batching.in_flight, capacity.memory_gb // batching.in_flight
    cores = min(cores, 4 if vcpu - DRIVER_VCPU >= 4 else 2)
    most = min((vcpu - DRIVER_VCPU) // cores, (memory_gb - DRIVER_GB) // (2 * cores))
    wanted = ceil(work / (pace.per_core_second * cores * WORK_SECONDS))
    executors = max(1, min(wanted, most))
    seconds = work / (pace.per_core_second * cores * executors)
    timeout = START_MINUTES + ceil(SLACK * seconds / 60)
    return Size(executors, cores, max(pace.least_timeout_minutes, timeout))
