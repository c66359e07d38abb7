"""ministack's alarms, evaluated by the rules: each minute, and never when a metric arrives."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..rules import queries
from ..rules.alarms import Condition, Missing, State, reason, state
from ..rules.queries import Span
from .modules import ministack
from .store import stored

_log = logging.getLogger("ministack")


def register() -> None:
    """Put the rules in the place of ministack's evaluation, in this process."""
    cloudwatch = ministack("services.cloudwatch")
    cloudwatch._evaluate_alarm = lambda _alarm: None
    cloudwatch._evaluate_all_alarms = lambda: None
    put = cloudwatch._put_metric_alarm

    def put_with_math(params: Any, given: Any, is_cbor: bool, is_json: bool = False) -> Any:
        answer = put(params, given, is_cbor, is_json)
        if answer[0] == 200 and given.get("Metrics"):
            keep_math(cloudwatch._alarms[given["AlarmName"]], given["Metrics"])
        return answer

    cloudwatch._put_metric_alarm = put_with_math


def keep_math(alarm: dict[str, Any], metrics: Sequence[Mapping[str, Any]]) -> None:
    """Make an alarm one of metric math: it has queries in the place of one metric."""
    for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"):
        alarm.pop(name, None)
    alarm["Metrics"] = [_numbers(one) for one in metrics]


def _numbers(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query with the types of the API: a template may write each as text."""
    found = {**query, "ReturnData": queries.returned(query)}
    if stat := query.get("MetricStat"):
        found["MetricStat"] = {**stat, "Period": int(stat["Period"])}
    return found


def evaluate_all(now: float, minute_seconds: float) -> None:
    """Evaluate every alarm of every account and Region. `minute_seconds`: how long a minute of a period lasts."""
    cloudwatch, scope = ministack("services.cloudwatch"), ministack("core.responses").request_scope
    for (account, region, _), alarm in list(cloudwatch._alarms.all_items()):
        with scope(account, region):
            try:
                _evaluate(alarm, now, minute_seconds)
            except Exception:  # noqa: BLE001 - one that cannot be evaluated stops no other
                _log.exception("CloudWatch: the alarm %s cannot be evaluated", alarm.get("AlarmName"))


def _evaluate(alarm: dict[str, Any], now: float, minute_seconds: float) -> None:
    asked = alarm.get("Metrics") or [_single(alarm)]
    condition, width = _condition(alarm, asked), queries.period(asked) * minute_seconds / 60
    span = condition.evaluation_range
    end = now // minute_seconds * minute_seconds
    found = queries.answers(asked, stored, Span(end - span * width, width, span))
    points = found[next(one["Id"] for one in asked if queries.returned(one))]
    had = State(alarm["StateValue"])
    became = state(condition, points, had)
    if became is not had:
        _move(alarm, became, reason(condition, points, became))


def _single(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metric of an alarm without math as a query."""
    metric = {"Namespace": alarm["Namespace"], "MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"]}
    stat = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": stat}, "ReturnData": True}


def _condition(alarm: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> Condition:
    periods = int(alarm["EvaluationPeriods"])
    missing = Missing(alarm.get("TreatMissingData") or Missing.MISSING)
    named = {one["MetricStat"]["Metric"]["Namespace"] for one in asked if one.get("MetricStat")}
    if named == {"AWS/DynamoDB"}:
        missing = Missing.IGNORE  # "always ignore missing data even if you choose a different option"
    to_alarm = int(alarm.get("DatapointsToAlarm") or periods)
    return Condition(alarm["ComparisonOperator"], float(alarm["Threshold"]), periods, to_alarm, missing)


def _move(alarm: dict[str, Any], became: State, why: str) -> None:
    """Give an alarm its new state, tell its actions, and let composite alarms look again."""
    cloudwatch, had, now = ministack("services.cloudwatch"), alarm["StateValue"], time.time()
    alarm.update(StateValue=str(became), StateReason=why, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], had, str(became), why)
    cloudwatch._dispatch_alarm_actions(alarm, had, str(became), why)
    cloudwatch._evaluate_parent_alarms(alarm)
