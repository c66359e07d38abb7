"""The dashboard that is drawn is the template's own, and what has no data says so."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import GiveUp
from infra.deployment.template import resource
from infra.ops.dashboard import insights, page, picture, widgets
from infra.ops.dashboard.definition import Line, Place, Widget, read
from infra.ops.dashboard.reading import Screen, Shown, look
from infra.ops.target import Target

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def body() -> str:
    text = resource("Dashboard")["Properties"]["DashboardBody"]["Fn::Sub"]
    return re.sub(r"\$\{(\w+)\.Arn\}", r"arn:aws:cloudwatch:eu-west-3:000000000000:alarm:fruits-dev-\1", text)


def test_the_templates_dashboard_can_be_read() -> None:
    board = read(body())

    assert {one.kind for one in board.widgets} == {"alarm", "metric", "log"}
    assert board.back == timedelta(hours=3)
    assert len(board.widgets[0].alarms) == 11
    assert all(one.title and (one.lines or one.query or one.alarms) for one in board.widgets)


def test_a_queue_that_nobody_reads_is_seen_by_its_depth_and_by_the_age_of_its_oldest_message() -> None:
    lines = [line.query for one in read(body()).widgets for line in one.lines if "MetricStat" in line.query]
    metrics = [line["MetricStat"]["Metric"] for line in lines]
    queue = {"Name": "QueueName", "Value": "${UploadsQueue.QueueName}"}
    shown = {one["MetricName"] for one in metrics if queue in one["Dimensions"]}

    assert shown == {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}


@pytest.mark.parametrize("wrong", ["", "[]", "{}", '{"widgets": [{"type": "metric"}]}'])
def test_a_body_that_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(GiveUp, match="cannot be read"):
        read(wrong)


def test_a_metric_that_leaves_out_what_stands_above_is_refused() -> None:
    metrics = [["AWS/SQS", "Sent", "QueueName", "a"], ["...", "b"]]
    short = {"type": "metric", "x": 0, "y": 0, "width": 1, "height": 1, "properties": {"metrics": metrics}}

    with pytest.raises(GiveUp, match="written out"):
        read(json.dumps({"widgets": [short]}))


class Cloudwatch:
    """Answers with one point of each metric, and one alarm in ALARM."""

    class exceptions:  # noqa: N801 - as boto3 has it
        ClientError = KeyError

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_dashboard(self, DashboardName: str) -> dict[str, str]:  # noqa: N803
        return {"DashboardBody": {"fruits-dev": body()}[DashboardName]}

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        states = [{"AlarmName": name, "StateValue": "OK"} for name in asked["AlarmNames"][1:]]
        return {"MetricAlarms": states[1:], "CompositeAlarms": [{**states[0], "StateValue": "ALARM"}]}

    def get_paginator(self, _name: str) -> "Cloudwatch":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        self.asked.append(asked)
        return [
            {"MetricDataResults": [{"Id": one["Id"], "Timestamps": [asked["StartTime"]], "Values": [5.0]}]}
            for one in asked["MetricDataQueries"]
            if one["ReturnData"]
        ]


class Logs:
    """Has one closing line of a refit."""

    def get_paginator(self, _name: str) -> "Logs":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        line = {"explained_variance_95_k": 9, "change": 0.25, "outcome": "done", "images_per_second": 1.0}
        return [{"events": [{"timestamp": 1000, "message": json.dumps(line)}]}]


def screen(monkeypatch: pytest.MonkeyPatch, cloudwatch: Cloudwatch) -> Screen:
    clients: dict[str, Any] = {"cloudwatch": cloudwatch, "logs": Logs()}
    monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
    monkeypatch.setattr(Target, "is_aws", False)
    return look(Target("eu-west-3", "http://127.0.0.1:1", "test", "test"), "dev", NOW, 1.0)


def test_all_that_the_dashboard_names_is_asked_for_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudwatch = Cloudwatch()
    found = screen(monkeypatch, cloudwatch)

    assert len(found.shown) == len(read(body()).widgets)
    assert {one["StartTime"] for one in cloudwatch.asked} == {NOW - timedelta(hours=1)}
    (alarms, *_) = found.shown
    assert sorted(set(alarms.states.values())) == ["ALARM", "OK", "missing"]


def test_the_page_says_what_is_wrong_and_holds_every_title(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = screen(monkeypatch, Cloudwatch())

    text = page.page(found)
    picture.save(found, tmp_path / "board.png", dpi=40)

    assert "<title>fruits-dev: " in text
    assert "all is well" not in text
    for shown in found.shown:
        assert f">{shown.widget.title}<" in text
    assert "http://" not in re.sub(
        r"http://(www\.w3\.org|purl\.org|creativecommons\.org)|https://matplotlib\.org", "", text
    )
    assert (tmp_path / "board.png").read_bytes().startswith(b"\x89PNG")


def test_what_has_no_data_says_so() -> None:
    line = Line({"Id": "m1"}, "rows")
    widget = Widget("metric", Place(0, 0, 24, 5), "Rows a minute", [line])
    text = page.page(Screen("fruits-dev", NOW - timedelta(hours=3), NOW, [Shown(widget)]))

    assert "no data in these 3 hours" in text


def test_each_widget_stands_where_its_definition_puts_it() -> None:
    places = [Place(0, 0, 8, 4), Place(16, 4, 8, 4)]
    shown = [Shown(Widget("log", place, f"title {n}", query="q")) for n, place in enumerate(places)]

    figure = picture._drawn(Screen("fruits-dev", NOW - timedelta(hours=3), NOW, shown))

    first, second = (axes.get_position() for axes in figure.axes)
    assert first.x0 < 0.02
    assert second.x0 > 2 / 3
    assert first.y0 > second.y1


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (8.5, "8.5"), (1234.0, "1,234"), (1234.5, "1,234"), (0.12345, "0.123")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert widgets.number(value) == text


def events(*lines: Any) -> list[dict[str, Any]]:
    return [{"timestamp": n * 1000, "message": json.dumps(line)} for n, line in enumerate(lines)]


def test_a_query_finds_the_newest_lines_that_have_a_member() -> None:
    query = "fields @timestamp, suggestions.unknown, n | filter ispresent(n) | sort @timestamp desc | limit 2"
    found = insights.filtered(query, events({"n": 1}, {"m": 2}, {"n": 3, "suggestions": {"unknown": 4}}, {"n": 5}, "x"))

    assert [(row["n"], row.get("suggestions.unknown")) for row in found] == [("5", None), ("3", "4")]


def test_a_query_without_a_log_group_is_refused() -> None:
    with pytest.raises(GiveUp, match="no log group"):
        insights.rows(Target("eu-west-3", None, "a", "b"), "fields @timestamp", NOW, NOW)
