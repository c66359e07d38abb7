"""Queries of metrics, as GetMetricData and alarms ask them: lists of `MetricDataQuery`, a template's too. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .expressions import evaluated
from .statistics import Sample, datapoints

Metric: TypeAlias = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric: its namespace, its name, and all its dimensions: with others it is another one."""
Stored: TypeAlias = Callable[[Metric], Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Span:
    """So many periods of `width` seconds, from `start` on (seconds since 1970)."""

    start: float
    width: float
    periods: int


def metric(namespace: str, name: str, dimensions: Sequence[Mapping[str, str]]) -> Metric:
    """Return a metric by the members of an API's request."""
    return namespace, name, frozenset((one["Name"], one["Value"]) for one in dimensions)


def period(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the period of the queries' metrics in seconds; 300 if they name none."""
    return max((int(one["MetricStat"]["Period"]) for one in queries if one.get("MetricStat")), default=300)


def answers(queries: Sequence[Mapping[str, Any]], stored: Stored, span: Span) -> dict[str, list[float | None]]:
    """Return the datapoints of each query, by its id. Raises ValueError: see `evaluated` and `statistic`."""
    found: dict[str, list[float | None]] = {}
    for one in queries:
        if stat := one.get("MetricStat"):
            asked = stat["Metric"]
            samples = stored(metric(asked["Namespace"], asked["MetricName"], asked.get("Dimensions") or ()))
            found[one["Id"]] = datapoints(samples, stat["Stat"], span.start, span.width, span.periods)
    for one in queries:
        if expression := one.get("Expression"):
            found[one["Id"]] = evaluated(expression, found, span.periods)
    return found


def returned(query: Mapping[str, Any]) -> bool:
    """Return whether a query's data are asked for. A template may write it as text."""
    return str(query.get("ReturnData", True)).lower() == "true"
