"""Metrics in a log line: User Guide, "Specification: Embedded metric format"."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_VALUES = 100
"""The most values of one metric in a line: CloudWatch takes none of a longer list."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Values of one metric at a moment (seconds since 1970)."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    at: float
    values: tuple[float, ...]


def metrics(line: str) -> Iterator[Sent]:
    """Yield what a log line sends, for each set of dimensions; nothing for a line that is no such document."""
    if '"_aws"' not in line:
        return
    try:
        found = json.loads(line)
        directives = found["_aws"]["CloudWatchMetrics"]
        at = float(found["_aws"]["Timestamp"]) / 1000
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(found.get(name, "")) for name in names}
            for metric in directive.get("Metrics", ()):
                if values := _values(found.get(metric["Name"])):
                    yield Sent(
                        directive["Namespace"], metric["Name"], dimensions, metric.get("Unit", "None"), at, values
                    )


def _values(found: Any) -> tuple[float, ...]:
    values = found if isinstance(found, list) else [found]
    fits = 0 < len(values) <= MOST_VALUES and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    return tuple(map(float, values)) if fits else ()
