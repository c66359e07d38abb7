"""How large a job run is, from the batch or the table it takes. Pure; each number says where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType

from chalicelib.domain.batches import Batching
from contracts.jobs.names import Kind

WORK_SECONDS = 300
"""A run should work about so long. Less, and starting it (a minute or two, billed) outweighs the work; more, and a
photo waits longer for its row, while more executors would have cost the same."""
SMALL_BATCH_SECONDS = 125
"""Of one core. Up to here one executor of two cores does the work in a minute, about 6,000 small photos, and four would
wait for the driver's start too."""
START_MINUTES = 10
"""Time for workers to be found, started and given the environment's archive."""
MINIMUM_TIMEOUT_MINUTES = 15
SLACK = 3
"""How much slower than expected a run may be before it is given up: a hung run costs money."""
MOST_TIMEOUT_MINUTES = 720
"""Half a day, the service's own default. A run that is stopped keeps what it has committed, and the next goes on."""
DRIVER_VCPU, DRIVER_GB = 1, 4


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the EMR Serverless application may use at once: its maximum capacity."""

    vcpu: int
    memory_gb: int


@dataclass(frozen=True, slots=True)
class Size:
    """What one run asks for. An executor runs one Python worker a core, each with an engine of its own."""

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
    """How much work one core does in a second, in the work's own unit, and what a run needs beside that work."""

    per_core_second: int
    small: int
    """So much is done by one executor of two cores."""
    least_timeout_minutes: int


EXTRACT = Pace(1, SMALL_BATCH_SECONDS, MINIMUM_TIMEOUT_MINUTES)
"""Its work is in seconds of one core: `contracts/photos/costs.py`."""
SCHEDULED: Mapping[Kind, Pace] = MappingProxyType(
    {
        # Rows of 1280 features, read twice: once into moments (measured: 2,800 a core-second, reading apart), once into
        # the reduced matrix and its files. Sized for a full pass: whether one is needed the job finds out itself.
        # The timeout leaves room for what one core of the driver does alone: eigenvalues, pictures, publication.
        Kind.REFIT: Pace(1_000, 500_000, 30),
        # Small files are read, sorted out and written again as large ones: 5 KB a row, zstd at some 10 MB a
        # core-second. Most weeks most files are large already. Expiring and looking for orphans lists and deletes
        # object by object, which takes the driver minutes and executors nothing.
        Kind.MAINTAIN: Pace(2_000, 1_000_000, 60),
    }
)


def size(cpu_seconds: float, failures: int, capacity: Capacity, batching: Batching) -> Size:
    """Size a run of photos that take so long, within its share of the capacity when all runs in flight are at work.

    Each attempt has twice the time of the one that failed before it: the costs are guesses.
    """
    found = _sized(cpu_seconds, EXTRACT, capacity, batching)
    return replace(found, timeout_minutes=min(found.timeout_minutes * 2**failures, MOST_TIMEOUT_MINUTES))


def scheduled_size(kind: Kind, rows: int, capacity: Capacity, batching: Batching) -> Size:
    """Size a scheduled job's run over a table of `rows`: it takes the share of one run in flight, and no more."""
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
