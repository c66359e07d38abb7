"""Statistics, metric math and embedded metrics, as AWS's documentation has them."""

import json
from typing import Any

import pytest

from infra.local.cloudwatch.rules.embedded import MOST_VALUES, Sent, metrics
from infra.local.cloudwatch.rules.expressions import evaluated
from infra.local.cloudwatch.rules.statistics import Sample, datapoints, statistic

N = None


@pytest.mark.parametrize(
    ("name", "value"),
    [("SampleCount", 4), ("Sum", 16), ("Average", 4), ("Minimum", 1), ("Maximum", 9), ("p50", 3), ("p100", 9)],
)
def test_a_value_counts_as_often_as_it_was_seen(name: str, value: float) -> None:
    assert statistic([Sample(0, 9), Sample(1, 3, 2), Sample(2, 1)], name) == value


def test_a_percentile_lies_between_two_ranks() -> None:
    assert statistic([Sample(0, value) for value in range(11)], "p95") == pytest.approx(9.5)


def test_a_statistic_that_is_unknown_here_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tm99"):
        statistic([Sample(0, 1)], "tm99")


def test_a_period_has_what_was_sent_in_it_and_nothing_where_nothing_was() -> None:
    samples = [Sample(59.9, 1), Sample(60, 2), Sample(119, 3), Sample(240, 9), Sample(-1, 5)]

    assert datapoints(samples, "Sum", 0, 60, 4) == [1, 5, None, None]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a + b * 2", [21, N, N]),
        ("100 * a / (a + b)", [100 / 11, N, N]),
        ("a / c", [N, 2, N]),
        ("IF(a > 0 AND c == 0, 1, 0)", [1, 0, N]),
        ("IF(a > 1 OR c, 1, 0)", [0, 1, N]),
        ("a && c", [0, 1, N]),
        ("-a", [-1, -2, N]),
        ("(a + 1) >= 3", [0, 1, N]),
        ("7", [7, 7, 7]),
    ],
)
def test_math_is_done_period_by_period_and_missing_stays_missing(expression: str, values: list[Any]) -> None:
    series: dict[str, list[float | None]] = {"a": [1, 2, N], "b": [10, N, 5], "c": [0, 1, 1]}

    assert evaluated(expression, series, 3) == pytest.approx(values)


@pytest.mark.parametrize("expression", ["a +", "unknown", "FILL(a, 0)", "a b", "IF(a, 1)", "a $ 1", "(a"])
def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluated(expression, {"a": [1.0]}, 1)


def document(**members: Any) -> str:
    directive = {
        "Namespace": "Fruits",
        "Dimensions": [["stage"]],
        "Metrics": [{"Name": "rows", "Unit": "Count"}, {"Name": "wait", "Unit": "Seconds"}],
    }
    return json.dumps({"_aws": {"Timestamp": 5000, "CloudWatchMetrics": [directive]}, "stage": "dev"} | members)


def test_a_line_sends_each_metric_with_its_dimensions_and_all_its_values() -> None:
    assert list(metrics(document(rows=[3.0], wait=[1, 2.5]))) == [
        Sent("Fruits", "rows", {"stage": "dev"}, "Count", 5.0, (3.0,)),
        Sent("Fruits", "wait", {"stage": "dev"}, "Seconds", 5.0, (1.0, 2.5)),
    ]


@pytest.mark.parametrize(
    "line",
    ["START RequestId: 1", "{}", '{"_aws": 1}', '{"_aws"', document(), document(rows="3"), document(rows=[True])],
)
def test_a_line_that_is_no_such_document_sends_nothing(line: str) -> None:
    assert list(metrics(line)) == []


def test_a_list_that_is_too_long_sends_nothing() -> None:
    assert [one.name for one in metrics(document(rows=[1] * (MOST_VALUES + 1), wait=[1] * MOST_VALUES))] == ["wait"]
