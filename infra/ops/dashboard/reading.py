"""Read a dashboard and all that it shows: alarms' states, metrics, answers of Logs Insights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.errors import GiveUp
from infra.ops import stack
from infra.ops.dashboard import insights
from infra.ops.dashboard.definition import Board, Widget, read
from infra.ops.dashboard.insights import Table
from infra.ops.target import Target

Points = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A widget with what it shows: the points of each line by its id, the states of alarms, or a table."""

    widget: Widget
    points: Mapping[str, Points] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    table: Table = ()


@dataclass(frozen=True, slots=True)
class Screen:
    """A dashboard as it is at `end`."""

    name: str
    start: datetime
    end: datetime
    shown: Sequence[Shown]


def look(target: Target, stage: str, end: datetime, hours: float | None = None) -> Screen:
    """Return the dashboard of a stage. `hours` is how far it looks back; None: as far as the dashboard says.

    Raises:
        GiveUp: there is no dashboard, or it cannot be read.
    """
    name = stack.name(stage)
    board = _board(target, name)
    start = end - board.back if hours is None else end - board.back / (board.back.total_seconds() / 3600 / hours)
    return Screen(name, start, end, [_shown(target, widget, start, end) for widget in board.widgets])


def _board(target: Target, name: str) -> Board:
    cloudwatch = target.client("cloudwatch")
    try:
        return read(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    except cloudwatch.exceptions.ClientError as error:
        raise GiveUp(f"there is no dashboard {name} at {target.place}: {error}") from error


def _shown(target: Target, widget: Widget, start: datetime, end: datetime) -> Shown:
    if widget.kind == "alarm":
        return Shown(widget, states=_states(target, widget.alarms))
    if widget.kind == "log":
        return Shown(widget, table=insights.rows(target, widget.query, start, end))
    return Shown(widget, points=_points(target, widget, start, end))


def _states(target: Target, names: Sequence[str]) -> dict[str, str]:
    asked: dict[str, Any] = {"AlarmNames": list(names), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    found = target.client("cloudwatch").describe_alarms(**asked)
    states = {one["AlarmName"]: one["StateValue"] for one in (*found["CompositeAlarms"], *found["MetricAlarms"])}
    return {name: states.get(name, "missing") for name in names}


def _points(target: Target, widget: Widget, start: datetime, end: datetime) -> dict[str, Points]:
    queries = [{**line.query, "ReturnData": line.visible} for line in widget.lines]
    asked = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end, "ScanBy": "TimestampAscending"}
    pages = target.client("cloudwatch").get_paginator("get_metric_data").paginate(**asked)
    found: dict[str, list[tuple[datetime, float]]] = {}
    for one in (one for page in pages for one in page["MetricDataResults"]):
        found.setdefault(one["Id"], []).extend(zip(one["Timestamps"], one["Values"], strict=True))
    return dict(found)
