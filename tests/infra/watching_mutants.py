"""Templates with one thing wrong in what watches the stack, and the fact that must catch each."""

import copy
from typing import Any, cast

from tests.infra import watching_facts as facts
from tests.infra.facts import Fact
from tests.infra.mutants import Mutation, properties

dead, waiting, silent, refit = map(
    properties, ("DeadLettersAlarm", "OldestWaitingAlarm", "NoRowsAlarm", "RefitOverdueAlarm")
)


def metric(resources: dict[str, Any], query_id: str) -> dict[str, Any]:
    (found,) = (one["MetricStat"]["Metric"] for one in silent(resources)["Metrics"] if one["Id"] == query_id)
    return cast("dict[str, Any]", found)


def condition(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties("AlarmTopicPolicy")(resources)["PolicyDocument"]["Statement"][0]["Condition"]
    return found


RUNNING = '"RunningJobs", "ApplicationId", "${SparkApplication.ApplicationId}"'
NAME = '"ApplicationName", "fruits-${Stage}"'
SENT, OWN = facts.every_metric_is_one_that_somebody_sends, facts.every_dimension_is_of_this_stack


def changed_board(old: str, new: str) -> Mutation:
    """A dashboard with one text in the place of another."""

    def change(resources: dict[str, Any]) -> None:
        board = properties("Dashboard")(resources)
        text = board["DashboardBody"]["Fn::Sub"]
        assert old in text
        board["DashboardBody"]["Fn::Sub"] = text.replace(old, new, 1)

    return change


WATCHING_MUTANTS: dict[str, tuple[Fact, Mutation]] = {
    "an alarm without a dimension": (SENT, lambda r: waiting(r).pop("Dimensions")),
    "an alarm with the dimension of before": (
        SENT,
        lambda r: waiting(r)["Dimensions"].append({"Name": "service", "Value": "fruits"}),
    ),
    "an alarm on a count of the log": (SENT, lambda r: waiting(r).update(MetricName="batches_quarantined")),
    "an alarm in a namespace of small letters": (SENT, lambda r: waiting(r).update(Namespace="fruits")),
    "math on a queue by its URL": (
        SENT,
        lambda r: metric(r, "sent")["Dimensions"][0].update(Name="QueueUrl"),
    ),
    "math on a metric that nobody sends": (SENT, lambda r: metric(r, "rejected").update(MetricName="rows_lost")),
    "a dashboard on Spark without the application's name": (
        SENT,
        changed_board(f"{RUNNING}, {NAME}", RUNNING),
    ),
    "a dashboard that leaves an alarm out": (
        facts.the_dashboard_begins_with_all_alarms,
        changed_board('"${NoRowsAlarm.Arn}"', '"${DeadLettersAlarm.Arn}"'),
    ),
    "widgets one over the other": (
        facts.the_dashboard_is_one_screen_without_gaps_or_overlaps,
        changed_board('"x": 12, "y": 3,', '"x": 11, "y": 3,'),
    ),
    "a widget over the edge": (
        facts.the_dashboard_is_one_screen_without_gaps_or_overlaps,
        changed_board('"x": 18, "y": 3,', '"x": 19, "y": 3,'),
    ),
    "a gap on the screen": (
        facts.the_dashboard_is_one_screen_without_gaps_or_overlaps,
        changed_board('"x": 0, "y": 8, "width": 6, "height": 5', '"x": 0, "y": 8, "width": 5, "height": 5'),
    ),
    "an alarm on another stage": (OWN, lambda r: waiting(r)["Dimensions"][0].update(Value="prod")),
    "an alarm on any queue": (OWN, lambda r: dead(r)["Dimensions"][0].update(Value="fruits-dev-uploads-dead")),
    "an eleventh alarm": (
        facts.alarms_and_dashboards_are_as_many_as_are_given_away,
        lambda r: r.update(Another=copy.deepcopy(r["DeadLettersAlarm"])),
    ),
    "an alarm with another's runbook": (
        facts.every_alarm_says_what_it_means_and_where_its_runbook_is,
        lambda r: dead(r).update(AlarmDescription=waiting(r)["AlarmDescription"]),
    ),
    "an alarm that tells nobody": (
        facts.every_alarm_tells_somebody_and_decides_what_missing_data_mean,
        lambda r: refit(r).pop("AlarmActions"),
    ),
    "an alarm that leaves missing data to chance": (
        facts.every_alarm_tells_somebody_and_decides_what_missing_data_mean,
        lambda r: refit(r).pop("TreatMissingData"),
    ),
    "an alarm that the alarm of all leaves out": (
        facts.one_alarm_stands_for_all,
        lambda r: properties("NeedsAPerson")(r).update(AlarmRule={"Fn::Sub": 'ALARM("${DeadLettersAlarm}")'}),
    ),
    "math that was never tried": (
        facts.math_is_of_the_kind_that_was_tried,
        lambda r: silent(r)["Metrics"][0].update(Expression="FILL(sent, 0)"),
    ),
    "math that returns all": (
        facts.math_is_of_the_kind_that_was_tried,
        lambda r: silent(r)["Metrics"][1].update(ReturnData=True),
    ),
    "a topic for every account": (
        facts.only_alarms_of_this_account_may_tell,
        lambda r: condition(r).pop("StringEquals"),
    ),
    "a topic for every alarm": (facts.only_alarms_of_this_account_may_tell, lambda r: condition(r).pop("ArnLike")),
}
