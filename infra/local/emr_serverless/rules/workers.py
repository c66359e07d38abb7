"""The workers that a Spark job asks for by its properties. Pure.

Source: EMR Serverless User Guide, "Spark job properties" (defaults) and "Supported worker configurations" (sizes).
Spark's memory and its overhead (10 %, at least 384 MB) must fit a worker, which is billed whole.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ValidationError

_OVERHEAD_FACTOR = 0.1
_OVERHEAD_MINIMUM_MB = 384
_DISK_GB = (20, 200)
_SHUFFLE_DISK_GB = (20, 2000)
_EXECUTORS = 3
# vCPU: the memory sizes in GB
SIZES: Mapping[int, tuple[int, ...]] = {
    1: tuple(range(2, 9)),
    2: tuple(range(4, 17)),
    4: tuple(range(8, 31)),
    8: tuple(range(16, 61, 4)),
    16: tuple(range(32, 121, 8)),
    32: (60, 120, 244),
}
_UNITS_MB = {"": 1.0, "b": 1 / 1024**2, "k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0**2}
_SIZE = re.compile(r"(\d+)([bkmgt]?)b?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WorkerSize:
    """One worker: cores, GB of memory (overhead included), GB of disk."""

    cpu: int
    memory_gb: int
    disk_gb: int = 20


@dataclass(frozen=True, slots=True)
class Workers:
    """A driver and a number of equal executors."""

    driver: WorkerSize
    executor: WorkerSize
    executors: int

    def sizes(self) -> tuple[WorkerSize, ...]:
        """Return each worker's size, the driver's first."""
        return (self.driver, *(self.executor for _ in range(self.executors)))


def requested(properties: Mapping[str, str]) -> Workers:
    """Return the workers that these Spark properties ask for.

    Raises ValidationError on a size that the service does not have.
    """
    return Workers(_size(properties, "driver"), _size(properties, "executor"), _executors(properties))


def _size(properties: Mapping[str, str], role: str) -> WorkerSize:
    cores = _number(properties, f"spark.{role}.cores", 4)
    if cores not in SIZES:
        raise ValidationError(f"spark.{role}.cores is {cores}; workers have {', '.join(map(str, SIZES))} vCPU")
    memory_mb = megabytes(properties.get(f"spark.{role}.memory", "109g" if cores == 32 else "14g"))
    factor = float(properties.get("spark.emr-serverless.memoryOverheadFactor", _OVERHEAD_FACTOR))
    overhead = properties.get(f"spark.{role}.memoryOverhead")
    total_mb = memory_mb + (megabytes(overhead) if overhead else max(_OVERHEAD_MINIMUM_MB, memory_mb * factor))
    fitting = [size for size in SIZES[cores] if size * 1024 >= total_mb]
    if not fitting:
        raise ValidationError(
            f"the {role} asks for {math.ceil(total_mb)} MB, overhead included; "
            f"a worker of {cores} vCPU has at most {SIZES[cores][-1]} GB"
        )
    return WorkerSize(cores, fitting[0], _disk_gb(properties, role))


def _disk_gb(properties: Mapping[str, str], role: str) -> int:
    disk = math.ceil(megabytes(properties.get(f"spark.emr-serverless.{role}.disk", "20g")) / 1024)
    shuffle = properties.get(f"spark.emr-serverless.{role}.disk.type", "").lower() == "shuffle_optimized"
    low, high = _SHUFFLE_DISK_GB if shuffle else _DISK_GB
    if not low <= disk <= high:
        raise ValidationError(f"spark.emr-serverless.{role}.disk is {disk} GB; it must be {low} to {high} GB")
    return disk


def _executors(properties: Mapping[str, str]) -> int:
    """Return how many executors a job begins with; locally it never gets more."""
    asked = _number(properties, "spark.executor.instances", -1)
    if properties.get("spark.dynamicAllocation.enabled", "true").lower() != "true":
        return _EXECUTORS if asked < 0 else asked
    initial = _number(properties, "spark.dynamicAllocation.initialExecutors", -1)
    begin = max(asked, initial) if max(asked, initial) >= 0 else _EXECUTORS
    least = _number(properties, "spark.dynamicAllocation.minExecutors", 0)
    most = properties.get("spark.dynamicAllocation.maxExecutors", "infinity")
    begin = max(begin, least)
    return begin if most == "infinity" else min(begin, _whole("spark.dynamicAllocation.maxExecutors", most))


def megabytes(size: str) -> float:
    """Return a size as Spark writes it ("14g", "512m") in MB. A bare number is MB."""
    found = _SIZE.fullmatch(size.strip())
    if not found:
        raise ValidationError(f"{size!r} is no size: expected a number and one of b, k, m, g, t")
    return int(found[1]) * _UNITS_MB[found[2].lower()]


def _number(properties: Mapping[str, str], name: str, default: int) -> int:
    return _whole(name, properties[name]) if name in properties else default


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValidationError(f"{name} is {value!r}, not a whole number") from None
