"""What a dashboard's body says: its widgets, where each stands, what each asks for. Pure.

CloudWatch API Reference, "Dashboard body structure and syntax"; of it what `template.yaml` uses.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contracts.errors import GiveUp

COLUMNS = 24
_HOURS = re.compile(r"-PT(\d+)H")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a widget stands, in the cells of a grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """One metric or expression of a widget, as a `MetricDataQuery`; `right` is the axis on the other side."""

    query: Mapping[str, Any]
    label: str
    color: str | None = None
    right: bool = False
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget: `kind` is `metric`, `alarm` or `log`; members that its kind lacks are empty."""

    kind: str
    place: Place
    title: str
    lines: Sequence[Line] = ()
    numbers: bool = False
    """Whether the latest values are shown in the place of lines."""
    stacked: bool = False
    left: str = ""
    right: str = ""
    alarms: Sequence[str] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: its widgets, and how far it looks back."""

    widgets: Sequence[Widget]
    back: timedelta


def read(body: str) -> Board:
    """Read a dashboard's body. Raises GiveUp for one that cannot be drawn."""
    try:
        found = json.loads(body)
        hours = _HOURS.fullmatch(found.get("start", "-PT3H"))
        back = timedelta(hours=int(hours[1])) if hours else timedelta(hours=3)
        return Board([_widget(one) for one in found["widgets"]], back)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise GiveUp(f"the dashboard's body cannot be read: {type(error).__name__}: {error}") from error


def _widget(found: Mapping[str, Any]) -> Widget:
    shown = found["properties"]
    axes = shown.get("yAxis", {})
    return Widget(
        kind=found["type"],
        place=Place(found["x"], found["y"], found["width"], found["height"]),
        title=shown.get("title", ""),
        lines=[_line(number, one, shown) for number, one in enumerate(shown.get("metrics", ()))],
        numbers=shown.get("view") == "singleValue",
        stacked=bool(shown.get("stacked")),
        left=axes.get("left", {}).get("label", ""),
        right=axes.get("right", {}).get("label", ""),
        alarms=[arn.rpartition(":alarm:")[2] for arn in shown.get("alarms", ())],
        query=shown.get("query", ""),
    )


def _line(number: int, metric: Sequence[Any], shown: Mapping[str, Any]) -> Line:
    *named, options = metric if isinstance(metric[-1], dict) else [*metric, {}]
    query_id = options.get("id", f"m{number}")
    look = {"color": options.get("color"), "right": options.get("yAxis") == "right"}
    if "expression" in options:
        return Line({"Id": query_id, "Expression": options["expression"]}, options.get("label", query_id), **look)
    namespace, name, *rest = named
    if "." in (namespace, name, *rest) or "..." in (namespace, name):
        raise ValueError("metrics are to be written out: '.' and '...' are not read here")
    dimensions = [{"Name": key, "Value": value} for key, value in zip(rest[::2], rest[1::2], strict=True)]
    stat = {
        "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
        "Period": options.get("period", shown.get("period", 300)),
        "Stat": options.get("stat", shown.get("stat", "Average")),
    }
    visible = options.get("visible", True)
    return Line({"Id": query_id, "MetricStat": stat}, options.get("label", name), **look, visible=visible)
