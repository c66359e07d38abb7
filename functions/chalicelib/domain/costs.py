"""What a job run costs, in USD without VAT: from its bill, or from its size before it runs. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from chalicelib.domain.records import Batch
from chalicelib.domain.sizing import DRIVER_GB, DRIVER_VCPU, Size
from contracts.prices.items import Item
from contracts.prices.price_list import Prices

BILLED: Mapping[str, Item] = MappingProxyType(
    {"vCPUHour": Item.EMR_VCPU, "memoryGBHour": Item.EMR_MEMORY, "storageGBHour": Item.EMR_STORAGE}
)
"""The service's names in a bill, and what each is charged as. Memory and vCPUs of both architectures bear one name."""
DRIVER_START_SECONDS, EXECUTOR_START_SECONDS = 240, 150
"""Billed beside the work: a driver starts, unpacks the environment's archive, and waits for its executors, which do
the same a minute or two later. Assumptions, until bills of a real account are known: `fruits costs` shows those."""
SMALLEST = Size(executors=1, executor_cores=2, timeout_minutes=15)
"""What a run of few photos has."""


def run_usd(billed: Mapping[str, float], prices: Prices) -> float:
    """Return the cost of a run from its billed utilisation. `prices` are those of its architecture."""
    return sum(quantity * prices.usd(BILLED[name]) for name, quantity in billed.items() if name in BILLED)


def batch_usd(batch: Batch, prices: Prices) -> float | None:
    """Return the cost of a batch, which is that of all its runs; None while a run's bill is not known."""
    if any(run.billed is None for run in batch.runs):
        return None
    return sum(run_usd(run.billed or {}, prices) for run in batch.runs)


def photo_usd(batch: Batch, prices: Prices) -> float | None:
    """Return a photo's share of its batch's cost; None while that is not known, or the batch has no photos."""
    whole = batch_usd(batch, prices)
    return None if whole is None or not batch.photos else whole / batch.photos


def utilisation(size: Size, cpu_seconds: float) -> dict[str, float]:
    """Return what a run of a size is expected to be billed for the work, in seconds of one core."""
    work = cpu_seconds / (size.executors * size.executor_cores)
    driver, executors = (DRIVER_START_SECONDS + work) / 3600, size.executors * (EXECUTOR_START_SECONDS + work) / 3600
    return {
        "vCPUHour": DRIVER_VCPU * driver + size.executor_cores * executors,
        "memoryGBHour": DRIVER_GB * driver + size.executor_gb * executors,
    }


def start_usd(prices: Prices) -> float:
    """Return what a run costs at least, however few photos it has."""
    return run_usd(utilisation(SMALLEST, 0), prices)


def full_work(prices: Prices, start_share: float) -> float:
    """Return the work, in seconds of one core, from which on a run's start is at most this share of its cost."""
    start = start_usd(prices)
    each_second = run_usd(utilisation(SMALLEST, 1.0), prices) - start
    return start * (1 - start_share) / start_share / each_second
