"""The same photos on other services, by the same prices: what they would cost, and where each would win. Pure.

The work of a photo is that of `contracts/photos/costs.py` everywhere: a vCPU is a vCPU. What a start costs elsewhere is
assumed, as is our own, and named here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.costs import start_usd
from contracts.prices.items import Item
from contracts.prices.price_list import Prices
from infra.ops.costs import what_if
from infra.ops.costs.workload import BALANCED, HOURS, Workload

LAMBDA_GB_A_VCPU = 1.769
"""A function of so much memory has one vCPU (Lambda Developer Guide, "Configure memory")."""
LAMBDA_CALL_SECONDS = 0.3
"""Of a call beside its photos, an engine's start now and then included."""
LAMBDA_WINDOW_PHOTOS = 25
"""Photos of one call, gathered for a minute as `collect` does."""
FARGATE_VCPU, FARGATE_GB = 2, 4
CONTAINER_START_SECONDS = 60
"""Billed before the work: pull the image, start Python, load the engine. Fargate bills a minute at least."""
MACHINE_VCPU = 4
"""Of the m5.xlarge, on EMR and in SageMaker."""
MACHINE_START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do the CNN's work: what a month of it costs beyond free tiers, and when it would win."""

    name: str
    usd: float
    to_row: str
    wins: str


def ways(load: Workload, prices: Prices) -> Iterator[Way]:
    """Yield what the month's CNN would cost each way, by the prices of x86-64. Photos and queue cost the same."""
    ours = what_if.cell(load, "", BALANCED, "X86_64", prices)
    extract = float(sum(line.usd for line in ours.bill.lines if line.what == "extract runs"))
    runs, work = ours.plan.runs, load.photos * load.each_seconds
    yield Way(
        "EMR Serverless, this build",
        extract,
        "hours, by the budget",
        "one table, one commit a batch, a refit of all rows by the same Spark; nothing is billed while nothing comes",
    )
    yield Way(
        "EMR on EC2, one m5.xlarge left on",
        HOURS * prices.usd(Item.CLUSTER_INSTANCE),
        "minutes",
        f"when it is busy {busy_share(prices):.0%} of the month: {_millions(load, prices):,.0f} million such photos",
    )
    yield Way(
        "Lambda, the CNN in a function",
        _on_lambda(load, work, prices),
        "a minute",
        f"for batches of less than {even_photos(load, prices):,.0f} such photos, and wherever seconds count; "
        "each call is a commit or leaves a file to compact",
    )
    yield Way(
        "Fargate, a task a batch",
        _on_machine(runs, work, FARGATE_VCPU, _fargate_hour(prices), CONTAINER_START_SECONDS),
        "as ours",
        "as soon as nobody wants Spark: 1.3 times cheaper an hour, no driver; needs an image, a network, own retries",
    )
    yield Way(
        "SageMaker batch transform, ml.m5.xlarge",
        _on_machine(runs, work, MACHINE_VCPU, prices.usd(Item.SAGEMAKER_INSTANCE), MACHINE_START_SECONDS),
        "as ours",
        "with a network that needs a GPU; vectors land as files, and rows are still to be made of them",
    )


def core_hour(prices: Prices) -> float:
    """Return what an hour of one core of an executor costs, with its memory."""
    return prices.usd(Item.EMR_VCPU) + 2 * prices.usd(Item.EMR_MEMORY)


def busy_share(prices: Prices) -> float:
    """Return the share of the month that a machine must be busy to cost less than executors for the same work."""
    return prices.usd(Item.CLUSTER_INSTANCE) / MACHINE_VCPU / core_hour(prices)


def even_photos(load: Workload, prices: Prices) -> float:
    """Return the photos of a run from which on it costs less than Lambda, free tier aside."""
    call = LAMBDA_CALL_SECONDS / LAMBDA_WINDOW_PHOTOS
    by_lambda = (load.each_seconds + call) * LAMBDA_GB_A_VCPU * prices.usd(Item.LAMBDA_TIME)
    by_run = load.each_seconds * core_hour(prices) / 3600
    return start_usd(prices) / (by_lambda - by_run)


def _millions(load: Workload, prices: Prices) -> float:
    return busy_share(prices) * HOURS * 3600 * MACHINE_VCPU / load.each_seconds / 1e6


def _on_lambda(load: Workload, work: float, prices: Prices) -> float:
    calls = load.photos / LAMBDA_WINDOW_PHOTOS
    time = (work + calls * LAMBDA_CALL_SECONDS) * LAMBDA_GB_A_VCPU
    return time * prices.usd(Item.LAMBDA_TIME) + calls * prices.usd(Item.LAMBDA_REQUEST)


def _fargate_hour(prices: Prices) -> float:
    return FARGATE_VCPU * prices.usd(Item.FARGATE_VCPU) + FARGATE_GB * prices.usd(Item.FARGATE_MEMORY)


def _on_machine(runs: float, work: float, vcpu: int, hour: float, start_seconds: float) -> float:
    return (runs * start_seconds + work / vcpu) / 3600 * hour
