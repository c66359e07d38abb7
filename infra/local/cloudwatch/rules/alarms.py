"""When a metric alarm changes its state: User Guide, "Configuring how CloudWatch alarms treat missing data" and
"Avoiding premature transitions to alarm state".

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

EXTRA = 2
"""How many periods before the evaluated ones may stand in for missing ones. AWS gives no number: its tables, in which 3
periods have an evaluation range of 5, show this one."""


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """What `TreatMissingData` may be."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


_WORDS: Mapping[str, tuple[Callable[[float, float], bool], str]] = MappingProxyType(
    {
        "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
        "GreaterThanThreshold": (operator.gt, "greater than"),
        "LessThanThreshold": (operator.lt, "less than"),
        "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What an alarm holds each datapoint against: M (`to_alarm`) of N (`periods`) are to breach."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: Missing = Missing.MISSING

    @property
    def evaluation_range(self) -> int:
        """How many of the latest periods are looked at."""
        return self.periods + EXTRA

    def breaches(self, value: float) -> bool:
        """Return whether a datapoint breaches the threshold."""
        return _WORDS[self.comparison][0](value, self.threshold)


def state(condition: Condition, points: Sequence[float | None], now: State) -> State:
    """Return the alarm's next state.

    `points`: a datapoint for each period of the evaluation range, the latest last; None where it is missing. `now`: the
    state that the alarm has.
    """
    latest = list(points[-condition.periods :])
    real = [point for point in points if point is not None]
    if None not in latest:
        return _by_number(condition, latest)
    if len(real) >= condition.periods:
        return _by_number(condition, real[-condition.periods :])
    return _filled(condition, points, real, now)


def _by_number(condition: Condition, points: Sequence[float | None], more: int = 0) -> State:
    breaching = sum(point is not None and condition.breaches(point) for point in points)
    return State.ALARM if breaching + more >= condition.to_alarm else State.OK


def _filled(condition: Condition, points: Sequence[float | None], real: Sequence[float], now: State) -> State:
    """Decide with fewer datapoints than periods: as few missing ones as possible are filled in."""
    lacking = condition.periods - len(real)
    if condition.missing is Missing.BREACHING:
        return _by_number(condition, real, lacking)
    if condition.missing is Missing.NOT_BREACHING:
        return _by_number(condition, real)
    ignore = condition.missing is Missing.IGNORE
    if not real:
        return now if ignore else State.INSUFFICIENT_DATA
    decided = _by_number(condition, real)
    if decided is State.ALARM or not all(map(condition.breaches, real)):
        return decided
    if ignore:
        return now
    return State.ALARM if _age_of_oldest(points) >= condition.to_alarm else State.OK


def _age_of_oldest(points: Sequence[float | None]) -> int:
    """Return how many periods ago the oldest datapoint was; 1 for the latest period."""
    return len(points) - next(place for place, point in enumerate(points) if point is not None)


def reason(condition: Condition, points: Sequence[float | None], became: State) -> str:
    """Return why an alarm has its state, in CloudWatch's words."""
    real = [point for point in points if point is not None][-condition.periods :]
    words, threshold = _WORDS[condition.comparison][1], condition.threshold
    if not real:
        count = "1 datapoint was" if condition.periods == 1 else f"{condition.periods} datapoints were"
        treated = {Missing.BREACHING: "[Breaching]", Missing.NOT_BREACHING: "[NonBreaching]"}.get(condition.missing, "")
        if became is State.INSUFFICIENT_DATA:
            return f"Insufficient Data: {count} unknown."
        received = f"no datapoints were received for {condition.periods} periods"
        return f"Threshold Crossed: {received} and {count} treated as {treated}."
    crossed = [point for point in real if condition.breaches(point)]
    shown = crossed if became is State.ALARM else [point for point in real if not condition.breaches(point)] or real
    values = ", ".join(f"{point:g}" for point in shown)
    verb, negation = ("was" if len(shown) == 1 else "were"), ("" if became is State.ALARM else "not ")
    return (
        f"Threshold Crossed: {len(shown)} out of the last {condition.periods} datapoints [{values}] {verb} "
        f"{negation}{words} the threshold ({threshold:g})."
    )
