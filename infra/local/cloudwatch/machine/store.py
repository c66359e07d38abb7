"""Samples of metrics where ministack keeps them, so that its own operations see them too."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..rules.embedded import Sent
from ..rules.queries import Metric
from ..rules.services import Measured
from ..rules.statistics import Sample
from .modules import ministack


def keep(namespace: str, name: str, dimensions: dict[str, str], unit: str, at: float, values: Iterable[float]) -> None:
    """Keep values for the account and Region of the current request."""
    cloudwatch = ministack("services.cloudwatch")
    bucket = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
    bucket.extend({"Timestamp": at, "Value": value, "Unit": unit, "Dimensions": dimensions} for value in values)


def keep_sent(sent: Iterable[Sent]) -> None:
    """Keep what log lines sent."""
    for one in sent:
        keep(one.namespace, one.name, dict(one.dimensions), one.unit, one.at, one.values)


def keep_measured(measured: Iterable[Measured], now: float) -> None:
    """Keep what a service measured."""
    for one in measured:
        keep(one.namespace, one.name, dict(one.dimensions), one.unit, now, [one.value])


def stored(metric: Metric) -> Sequence[Sample]:
    """Return what is known of a metric. Its dimensions are all that it has: one less is another metric."""
    namespace, name, dimensions = metric
    cloudwatch = ministack("services.cloudwatch")
    points = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dict(dimensions)))) or ()
    return [_sample(point) for point in list(points)]


def _sample(point: dict[str, Any]) -> Sample:
    count = float((point.get("_stat") or {}).get("SampleCount", point.get("Count", 1.0)))
    return Sample(point["Timestamp"], point["Value"], count)
