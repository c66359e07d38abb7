"""What an artifact saves: the bill of a month, and of working on all photos anew (pure).

The model is that of docs/costs.md. It reckons 20 ms of a core for a photo's way through the job, fetch and commit
included, and its reading on top; a lighter network takes its share of those 20 ms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain import costs as runs
from chalicelib.domain import sizing
from chalicelib.domain.batches import Batching
from contracts.photos import costs
from contracts.prices.items import Item
from contracts.prices.price_list import Prices
from infra.ops.costs import model, what_if
from infra.ops.costs.workload import BALANCED, SETTINGS, Setting, Workload

MILLION = 1_000_000
REAL = 0.05
"""The share of a month's whole bill that counts as a gain: README.md."""
JOB_SHARE = 7.15 / 12.84
"""CPU of the whole extract job a small photo, 224 int8 to fp32: the warm arms `ours-224-int8` and `ours` of
`make bench-extract`, 2026-11-25."""


@dataclass(frozen=True)
class Lighter(Workload):
    """A month's photos by a network with which the job needs `network` times the CPU time that it needs with fp32."""

    network: float = 1.0

    @property
    def each_seconds(self) -> float:
        """Seconds that one core needs for a photo."""
        whole = costs.cpu_seconds(f"photo.{self.ending}", self.size_bytes)
        return whole - costs.NETWORK_SECONDS * (1 - self.network)


def months(prices: Prices, share: float = JOB_SHARE) -> Iterator[dict[str, Any]]:
    """Yield months by both networks. `share`: the job's CPU time with the candidate, of that with fp32."""
    volumes = [*((MILLION, setting) for setting in SETTINGS), (10 * MILLION, BALANCED), (100 * MILLION, BALANCED)]
    for photos, setting in volumes:
        for of in what_if.FORMATS:
            yield month(photos, of, setting, prices, share)


def month(
    photos: int, of: tuple[str, int, str], setting: Setting, prices: Prices, share: float = JOB_SHARE
) -> dict[str, Any]:
    """Return one month by both networks: whole bill and job runs, USD, and minutes to the row at most.

    `of` names the photos: in words, bytes, file ending.
    """
    label, size, ending = of
    now, then = (
        what_if.cell(Lighter(photos, size, ending, network=network), label, setting, "X86_64", prices)
        for network in (1.0, share)
    )
    bill, lighter = float(now.bill.usd), float(then.bill.usd)
    return {
        "photos": photos,
        "of": label,
        "setting": setting.name,
        "bill": round(bill, 2),
        "runs": round(float(now.runs_usd), 2),
        "saved": round(bill - lighter, 2),
        "saved_share": round((bill - lighter) / bill, 4),
        "minutes_to_row": round(now.minutes_to_row),
        "minutes_to_row_lighter": round(then.minutes_to_row),
    }


def break_even(one: Mapping[str, Any], share: float = JOB_SHARE) -> float:
    """Return the seconds of a core, in place of `costs.NETWORK_SECONDS`, at which a month's gain would be `REAL`.

    `one` is a month of `month`, in which what is saved is not spent on shorter waits.
    """
    each_second = one["saved"] / (costs.NETWORK_SECONDS * (1 - share))
    rest = one["bill"] - each_second * costs.NETWORK_SECONDS
    found: float = REAL * rest / (each_second * (1 - share - REAL))
    return found


def again(of: tuple[str, int, str], prices: Prices, share: float) -> dict[str, float]:
    """Return what it costs to work on a million photos anew, in batches of 10,000: runs and GETs, USD."""
    load = Lighter(MILLION, of[1], of[2], network=share)
    batch = BALANCED.target
    batching = Batching(batch, BALANCED.most, timedelta(minutes=BALANCED.max_wait_minutes), model.IN_FLIGHT)
    work = batch * load.each_seconds
    size = sizing.size(work, 0, model.CAPACITY, batching)
    return {
        "runs": round(MILLION / batch * runs.run_usd(runs.utilisation(size, work), prices), 2),
        "gets": round(MILLION * prices.usd(Item.S3_GET), 2),
        "core_hours": round(MILLION * load.each_seconds / 3600, 1),
    }
