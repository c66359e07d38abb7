"""Facts of the template about alarms and dashboards: each names a metric that somebody sends."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.domain.metrics import DIMENSION, NAMESPACE, Metric
from infra.local.cloudwatch.rules.expressions import evaluated
from tests.infra.facts import Fact, Template, resources

ALARMS, COMPOSITES, DASHBOARDS = 10, 1, 3
"""CloudWatch gives ten alarms of one metric each and three dashboards away."""
COLUMNS = 24
"""Of a dashboard."""
_QUEUE, _FUNCTION, _SPARK = {"QueueName"}, {"FunctionName"}, {"ApplicationId", "ApplicationName"}
_WORKERS = _SPARK | {"WorkerType", "CapacityAllocationType"}
SERVICES: Mapping[str, Mapping[str, set[str]]] = {
    "AWS/SQS": dict.fromkeys(
        ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"), _QUEUE
    ),
    "AWS/Lambda": dict.fromkeys(("Invocations", "Errors", "Duration", "Throttles"), _FUNCTION),
    "AWS/EMRServerless": {
        **dict.fromkeys(("SubmittedJobs", "PendingJobs", "ScheduledJobs", "RunningJobs"), _SPARK),
        **dict.fromkeys(("SuccessJobs", "FailedJobs", "CancelledJobs", "MaxCPUAllowed", "MaxMemoryAllowed"), _SPARK),
        **dict.fromkeys(("CPUAllocated", "MemoryAllocated", "RunningWorkerCount"), _WORKERS),
    },
}
"""The metrics of services that are used, and the dimensions that each has: from the services' own guides. Those of EMR
Serverless are of release 7.10 and later."""

Named = tuple[str, str, str, set[str]]


def named_metrics(template: Template) -> Iterator[Named]:
    """Yield where a metric is named, its namespace, its name and the names of its dimensions."""
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
        stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
        for metric in stats or [alarm]:
            dimensions = {one["Name"] for one in metric.get("Dimensions", ())}
            yield name, metric["Namespace"], metric["MetricName"], dimensions
    for name, board in resources(template, "AWS::CloudWatch::Dashboard").items():
        for widget in widgets(board):
            for metric in widget["properties"].get("metrics", ()):
                if isinstance(metric[0], str):
                    rest = [part for part in metric[2:] if isinstance(part, str)]
                    yield f"{name}, {widget['properties']['title']}", metric[0], metric[1], set(rest[::2])


def widgets(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The widgets of a dashboard, whose body is a text in JSON."""
    body = board["DashboardBody"]
    found: list[dict[str, Any]] = json.loads(body["Fn::Sub"] if isinstance(body, dict) else body)["widgets"]
    return found


def every_metric_is_one_that_somebody_sends(template: Template) -> Iterator[str]:
    for where, namespace, name, dimensions in named_metrics(template):
        own = {str(metric): {DIMENSION} for metric in Metric}
        sent = own if namespace == NAMESPACE else SERVICES.get(namespace, {})
        if name not in sent:
            yield f"{where}: nobody sends {namespace} {name}"
        elif dimensions != sent[name]:
            yield f"{where}: with {sorted(dimensions)} for {sorted(sent[name])}, {name} stays empty"


def every_dimension_is_of_this_stack(template: Template) -> Iterator[str]:
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
        stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
        for metric in stats or [alarm]:
            for dimension in metric["Dimensions"]:
                given = dimension["Value"]
                own = given == {"Ref": "Stage"} if dimension["Name"] == DIMENSION else "Fn::GetAtt" in given
                if not own:
                    yield f"{name}: {dimension} is not of this stack"


def alarms_and_dashboards_are_as_many_as_are_given_away(template: Template) -> Iterator[str]:
    for kind, most in (("Alarm", ALARMS), ("CompositeAlarm", COMPOSITES), ("Dashboard", DASHBOARDS)):
        if len(resources(template, f"AWS::CloudWatch::{kind}")) > most:
            yield f"more than {most} of {kind} are money each month"


def kebab(alarm: Mapping[str, Any]) -> str:
    """An alarm's name without its stage."""
    return str(alarm["AlarmName"]["Fn::Sub"]).removeprefix("fruits-${Stage}-")


def every_alarm_says_what_it_means_and_where_its_runbook_is(template: Template) -> Iterator[str]:
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
        said = alarm.get("AlarmDescription", {}).get("Fn::Sub", "")
        if not said.endswith(f" Runbook: ${{Runbooks}}/{kebab(alarm)}.md") or len(said) < 80:
            yield f"{name}: its mail says neither what it means nor what to do"


def every_alarm_tells_somebody_and_decides_what_missing_data_mean(template: Template) -> Iterator[str]:
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
        if alarm.get("AlarmActions") != [{"Ref": "AlarmTopic"}]:
            yield f"{name} tells nobody"
        if alarm.get("TreatMissingData") not in ("breaching", "notBreaching", "ignore"):
            yield f"{name}: what missing data mean is chosen, not left"


def one_alarm_stands_for_all(template: Template) -> Iterator[str]:
    composites = resources(template, "AWS::CloudWatch::CompositeAlarm")
    (composite,) = composites.values()
    named = set(re.findall(r'ALARM\("\$\{(\w+)\}"\)', composite["AlarmRule"]["Fn::Sub"]))
    missing = set(resources(template, "AWS::CloudWatch::Alarm")) - named
    if missing:
        yield f"the alarm of all leaves out {sorted(missing)}"


def math_is_of_the_kind_that_was_tried(template: Template) -> Iterator[str]:
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
        asked = alarm.get("Metrics", [])
        ids: dict[str, list[float | None]] = {one["Id"]: [1.0] for one in asked if "MetricStat" in one}
        for one in asked:
            expression = one.get("Expression", "1")
            text = expression["Fn::Sub"] if isinstance(expression, dict) else expression
            try:
                evaluated(re.sub(r"\$\{\w+\}", "10", text), ids, 1)
            except ValueError as error:
                yield f"{name}: {error}"
        if asked and sum(one.get("ReturnData", True) for one in asked) != 1:
            yield f"{name}: an alarm looks at one of its queries"


def only_alarms_of_this_account_may_tell(template: Template) -> Iterator[str]:
    for policy in resources(template, "AWS::SNS::TopicPolicy").values():
        for one in policy["PolicyDocument"]["Statement"]:
            condition = one.get("Condition", {})
            if "aws:SourceAccount" not in condition.get("StringEquals", {}) or one["Principal"] == "*":
                yield "the topic takes messages of one service of one account"
            if "aws:SourceArn" not in condition.get("ArnLike", {}):
                yield "the topic takes messages of this stage's alarms"


def the_dashboard_is_one_screen_without_gaps_or_overlaps(template: Template) -> Iterator[str]:
    for name, board in resources(template, "AWS::CloudWatch::Dashboard").items():
        taken: dict[tuple[int, int], str] = {}
        for widget in widgets(board):
            title = widget["properties"]["title"]
            for x in range(widget["x"], widget["x"] + widget["width"]):
                for y in range(widget["y"], widget["y"] + widget["height"]):
                    if (x, y) in taken or x >= COLUMNS:
                        yield f"{name}: {title} lies over {taken.get((x, y), 'the edge')}"
                    taken[x, y] = title
        if len(taken) != COLUMNS * (1 + max(y for _, y in taken)):
            yield f"{name} has a gap"


def the_dashboard_begins_with_all_alarms(template: Template) -> Iterator[str]:
    alarms = {*resources(template, "AWS::CloudWatch::Alarm"), *resources(template, "AWS::CloudWatch::CompositeAlarm")}
    for name, board in resources(template, "AWS::CloudWatch::Dashboard").items():
        first = widgets(board)[0]["properties"].get("alarms", [])
        if {one[2:].removesuffix(".Arn}") for one in first} != alarms:
            yield f"{name}: whether anything is wrong is said first, and of every alarm"


WATCHING_FACTS: tuple[Fact, ...] = (
    every_metric_is_one_that_somebody_sends,
    every_dimension_is_of_this_stack,
    alarms_and_dashboards_are_as_many_as_are_given_away,
    every_alarm_says_what_it_means_and_where_its_runbook_is,
    every_alarm_tells_somebody_and_decides_what_missing_data_mean,
    one_alarm_stands_for_all,
    math_is_of_the_kind_that_was_tried,
    only_alarms_of_this_account_may_tell,
    the_dashboard_is_one_screen_without_gaps_or_overlaps,
    the_dashboard_begins_with_all_alarms,
)
