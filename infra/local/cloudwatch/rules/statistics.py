"""The statistics of a period: User Guide, "CloudWatch statistics definitions"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SIMPLE = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that was seen `count` times at a moment (seconds since 1970)."""

    at: float
    value: float
    count: float = 1.0


def statistic(samples: Sequence[Sample], name: str) -> float | None:
    """Return a statistic such as `Sum` or `p95` of one period's samples; None without samples.

    Raises ValueError for a name that is none of the simple ones and no percentile.
    """
    if name not in SIMPLE and not (name[:1] == "p" and name[1:].replace(".", "", 1).isdigit()):
        raise ValueError(f"no such statistic here: {name}")
    if not samples:
        return None
    count, total = sum(one.count for one in samples), sum(one.value * one.count for one in samples)
    values = [one.value for one in samples]
    simple = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else 0.0,
        "Minimum": min(values),
        "Maximum": max(values),
    }
    return simple[name] if name in simple else _percentile(samples, float(name[1:]))


def datapoints(samples: Iterable[Sample], name: str, start: float, width: float, periods: int) -> list[float | None]:
    """Return the statistic of each of so many periods of `width` seconds from `start` on; None without samples."""
    found: list[list[Sample]] = [[] for _ in range(periods)]
    for one in samples:
        place = int((one.at - start) // width)
        if 0 <= place < periods:
            found[place].append(one)
    return [statistic(some, name) for some in found]


def _percentile(samples: Sequence[Sample], percent: float) -> float:
    """Return the percentile, between two ranks in proportion; a sample counts as often as it was seen."""
    ordered = sorted(samples, key=lambda one: one.value)
    rank = percent / 100 * max(0.0, sum(one.count for one in ordered) - 1)
    below, above = _at(ordered, int(rank)), _at(ordered, int(rank) + 1)
    return below + (rank - int(rank)) * (above - below)


def _at(ordered: Sequence[Sample], rank: int) -> float:
    seen = 0.0
    for one in ordered:
        seen += one.count
        if rank < seen:
            return one.value
    return ordered[-1].value
