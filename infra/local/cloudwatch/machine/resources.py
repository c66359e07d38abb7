"""Resource types that ministack's CloudFormation lacks: alarms of metric math, composite alarms, saved queries."""

import uuid
from collections.abc import Mapping
from typing import Any

from .alarms import keep_math
from .modules import ministack

COMPOSITE, QUERY = "AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"


def register() -> None:
    """Add them. It may be repeated."""
    provisioners = ministack("services.cloudformation.provisioners")
    if COMPOSITE in provisioners._RESOURCE_HANDLERS:
        return
    provisioners._cw_metric_alarm_record = _with_math(provisioners._cw_metric_alarm_record)
    provisioners._RESOURCE_HANDLERS[COMPOSITE] = {
        "create": _create_composite,
        "update": lambda physical_id, _old, new, stack: _create_composite(physical_id, new, stack),
        "delete": _delete_composite,
    }
    provisioners._RESOURCE_HANDLERS[QUERY] = {
        "create": _create_query,
        "update": lambda physical_id, _old, new, _stack: _kept_query(new, physical_id),
        "delete": lambda _physical_id, _properties: None,
    }


def _with_math(record: Any) -> Any:
    def recorded(name: str, properties: Mapping[str, Any]) -> Any:
        metrics = properties.get("Metrics")
        if not metrics:
            return record(name, properties)
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = record(name, {**plain, "MetricName": "math", "Namespace": "math"})
        keep_math(alarm, metrics)
        return alarm

    return recorded


def _create_composite(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    cloudwatch = ministack("services.cloudwatch")
    name = properties.get("AlarmName") or f"{stack}-{logical_id}"
    _refuse(cloudwatch._put_composite_alarm({}, {**properties, "AlarmName": name}, False, True))
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _delete_composite(physical_id: str, _properties: Mapping[str, Any]) -> None:
    _refuse(ministack("services.cloudwatch")._delete_alarms({}, {"AlarmNames": [physical_id]}, False, True))


def _create_query(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    return _kept_query(properties, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{stack}/{logical_id}")))


def _kept_query(properties: Mapping[str, Any], query_id: str) -> tuple[str, dict[str, str]]:
    """Return a saved query's id. ministack has no operation that reads one, so nothing is kept of it."""
    if not properties.get("Name") or not properties.get("QueryString"):
        raise ValueError(f"{QUERY} needs a Name and a QueryString")
    return query_id, {"QueryDefinitionId": query_id}


def _refuse(answer: Any) -> None:
    """Raise what a refusal says: CloudFormation shows it as the reason."""
    if answer[0] >= 400:
        raise ValueError(f"CloudWatch: {answer[2]!r}")
