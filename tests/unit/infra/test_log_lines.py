"""Lines of functions and of runs, joined: in the order of time, each once, and none of the service's own."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.ops.log_lines import LogLine, accepted, in_order, of_call, of_function, of_run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MILLIS = int(NOON.timestamp() * 1000)


def structured(message: str, **more: Any) -> str:
    said = {"level": "INFO", "location": "x:1", "message": message, "service": "fruits", "function_request_id": "r-1"}
    return json.dumps({**said, **more})


def test_a_structured_line_keeps_what_it_says_and_loses_what_each_line_has() -> None:
    line = of_function("submit", MILLIS, structured("batch", batch_id="b-1", photos=8))

    assert line == LogLine(NOON, "submit", "batch batch_id=b-1 photos=8", "r-1")


def test_a_line_has_the_time_at_which_it_was_written() -> None:
    line = of_function("submit", MILLIS, structured("batch", timestamp="2026-11-24 11:59:58,250+0000"))

    assert line is not None
    assert line.document()["at"] == "2026-11-24T11:59:58.250Z"


def test_a_warning_says_that_it_is_one() -> None:
    line = of_function("submit", MILLIS, structured("submit goes on in a minute", level="WARNING", reason="later"))

    assert line is not None
    assert line.text == "WARNING submit goes on in a minute reason=later"


def test_the_service_s_own_lines_and_metrics_are_left_out() -> None:
    for message in ("END RequestId: r-1", '{"_aws": {}, "message": "x"}', "[1, 2]", '{"no": "message"}', ""):
        assert of_function("submit", MILLIS, message) is None


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: r-1 Version: $LATEST",
        "END RequestId: r-1",
        "REPORT RequestId: r-1\tDuration: 5 ms",
        "INIT_START Runtime Version: python:3.11",
        "XRAY TraceId: 1-2\tSegmentId: 3",
        '{"_aws": {"Timestamp": 1}, "photos_waiting": 1}',
        "\n",
    ],
)
def test_of_a_function_s_log_people_see_none_of_lambda_s_own_lines_and_no_metric(message: str) -> None:
    assert of_call("submit", MILLIS, message) is None


def test_of_a_function_s_log_people_see_what_it_says_and_how_it_crashed() -> None:
    said = of_call("submit", MILLIS, structured("submit", counts={"brake_held": 1}, function_arn="arn:aws:lambda:x"))
    crashed = of_call("submit", MILLIS, "2026-11-24T12:00:00Z r-1 Task timed out after 60.00 seconds\n")

    assert said == LogLine(NOON, "submit", 'submit counts={"brake_held": 1}', "r-1")
    assert crashed == LogLine(NOON, "submit", "2026-11-24T12:00:00Z r-1 Task timed out after 60.00 seconds")


def test_a_run_s_lines_have_spark_s_time_and_the_others_that_of_the_line_before() -> None:
    log = "a warning\n26/11/24 12:00:05 INFO SparkContext: Running\n\tat a.stack.trace\n\n26/11/24 12:00:07 INFO Done\n"

    lines = [(line.at.second, line.text) for line in of_run("extract r", log, NOON)]

    assert lines == [(0, "a warning"), (5, "INFO SparkContext: Running"), (5, "\tat a.stack.trace"), (7, "INFO Done")]


def test_lines_of_several_logs_are_in_the_order_of_time_and_each_is_there_once() -> None:
    first, second, third = (
        LogLine(NOON.replace(second=n), source, "x") for n, source in ((1, "b"), (2, "a"), (2, "c"))
    )

    assert in_order([second, third, first, second]) == [first, second, third]


def test_a_line_of_collect_that_registered_a_photo_is_told_from_others() -> None:
    assert accepted(structured("collect", counts={"accepted": 2}))
    for counts in ({"duplicate": 2}, {}, {"accepted": 0}):
        assert not accepted(structured("collect", counts=counts))
    for message in (structured("submit", counts={"accepted": 2}), "END", '{"message": "collect"}', "[]"):
        assert not accepted(message)
