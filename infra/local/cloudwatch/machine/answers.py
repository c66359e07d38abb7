"""GetMetricData with metric math, and exact dimensions."""

from collections.abc import Mapping
from typing import Any

from ..rules import queries
from ..rules.queries import Span
from .modules import ministack
from .store import stored


def register(minute_seconds: float) -> None:
    """Answer GetMetricData in ministack's place. In its older protocol, which no client of ours speaks, it answers."""
    cloudwatch = ministack("services.cloudwatch")
    original = cloudwatch._get_metric_data

    def get_metric_data(params: Any, given: Any, is_cbor: bool, is_json: bool = False) -> Any:
        if not (is_cbor or is_json):
            return original(params, given, is_cbor, is_json)
        ok, error = (cloudwatch._cbor_ok if is_cbor else cloudwatch._json_ok), cloudwatch._error
        try:
            results = _results(given, cloudwatch._parse_ts, minute_seconds)
        except ValueError as wrong:
            return error("ValidationError", str(wrong), 400, use_json=is_json, use_cbor=is_cbor)
        if is_cbor:
            results = [cloudwatch._cbor_metric_data_result(one) for one in results]
        return ok({"MetricDataResults": results, "Messages": []})

    cloudwatch._get_metric_data = get_metric_data


def _results(given: Mapping[str, Any], moment: Any, minute_seconds: float) -> list[dict[str, Any]]:
    asked = given["MetricDataQueries"]
    width = queries.period(asked) * minute_seconds / 60
    start = moment(given["StartTime"]) // width * width
    span = Span(start, width, max(1, -int((start - moment(given["EndTime"])) // width)))
    found = queries.answers(asked, stored, span)
    upwards = given.get("ScanBy") == "TimestampAscending"
    return [_result(one, found[one["Id"]], span, upwards) for one in asked if queries.returned(one)]


def _result(query: Mapping[str, Any], points: list[float | None], span: Span, upwards: bool) -> dict[str, Any]:
    known = [(span.start + place * span.width, value) for place, value in enumerate(points) if value is not None]
    known = known if upwards else known[::-1]
    metric = (query.get("MetricStat") or {}).get("Metric", {})
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or metric.get("MetricName") or query["Id"],
        "Timestamps": [at for at, _ in known],
        "Values": [value for _, value in known],
        "StatusCode": "Complete",
    }
