"""Facts of the template about standing jobs: what they may touch, and when they fire. As `facts.py` has them."""

from collections.abc import Iterator
from typing import Any

from tests.infra.facts import Fact, Template, listed, resources, statements


def of_functions(template: Template) -> Iterator[dict[str, Any]]:
    """The statements of all roles but the job's: those that functions have."""
    roles = {name: one for name, one in template["Resources"].items() if name != "JobRole"}
    yield from statements({"Resources": roles})


def functions_list_only_what_they_name(template: Template) -> Iterator[str]:
    for one in of_functions(template):
        if "s3:ListBucket" in listed(one["Action"]) and "s3:prefix" not in str(one.get("Condition")):
            yield f"{one['Sid']} lists one prefix, and not all keys"


def models_are_written_by_the_job_alone(template: Template) -> Iterator[str]:
    for one in of_functions(template):
        named = [place for place in map(str, listed(one["Resource"])) if "/models/" in place]
        if named and (listed(one["Action"]) != ["s3:GetObject"] or "*" in "".join(named)):
            yield f"{one['Sid']}: a function reads the pointer, and nothing else of a model"
    job = statements({"Resources": {"JobRole": template["Resources"]["JobRole"]}})
    may = {action for one in job if "/models/*" in str(one["Resource"]) for action in listed(one["Action"])}
    if may != {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}:
        yield "the job reads models, publishes them, and clears away what a crash left"


def functions_see_no_row(template: Template) -> Iterator[str]:
    for one in of_functions(template):
        places = [str(place) for place in listed(one["Resource"]) if "/warehouse" in str(place)]
        if any("/photos/metadata/*" not in place for place in places):
            yield f"{one['Sid']}: of the table a function reads the metadata"
        if places and listed(one["Action"]) != ["s3:GetObject"]:
            yield f"{one['Sid']}: of the table a function changes nothing"


def a_standing_job_keeps_its_own_item(template: Template) -> Iterator[str]:
    for name in ("refit", "maintain"):
        role = template["Resources"][f"{name.title()}Role"]
        kept = [one for one in statements({"Resources": {"": role}}) if "dynamodb" in str(one["Action"])]
        keys = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"job#{name}"]}}
        if any(one.get("Condition") != keys for one in kept):
            yield f"{name} may write its own item of the ledger, and no photo's"
        if {action for one in kept for action in listed(one["Action"])} != {"dynamodb:GetItem", "dynamodb:PutItem"}:
            yield f"{name} reads and writes one item"


def a_standing_job_reads_its_own_reports(template: Template) -> Iterator[str]:
    for name in ("refit", "maintain"):
        may = list(statements({"Resources": {"": template["Resources"][f"{name.title()}Role"]}}))
        place = f"results/{name}/*"
        read = [one for one in may if one["Resource"] == {"Fn::Sub": "${LakeBucket.Arn}/" + place}]
        if [one["Action"] for one in read] != ["s3:GetObject"]:
            yield f"{name} reads how its runs closed"
        listing = [str(one.get("Condition")) for one in may if one["Action"] == "s3:ListBucket"]
        if not any(place in condition for condition in listing):
            yield f"{name} tells a report that is missing from one that is forbidden"
        if any("results/" in str(one) and place not in str(one) for one in may):
            yield f"{name} reads no other results"


def schedules(template: Template) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, function in resources(template, "AWS::Serverless::Function").items():
        for event in function["Events"].values():
            if event["Type"] == "ScheduleV2":
                yield name, function, event["Properties"]


def schedules_mean_the_hour_of_paris_and_fire_at_it(template: Template) -> Iterator[str]:
    for name, _, schedule in schedules(template):
        if str(schedule["ScheduleExpression"]).startswith("rate("):
            continue  # so many minutes are as long everywhere
        if schedule.get("ScheduleExpressionTimezone") != "Europe/Paris":
            yield f"{name}: without a time zone a night of UTC is meant"
        if schedule.get("FlexibleTimeWindow") != {"Mode": "OFF"}:
            yield f"{name} fires at its time, and not around it"
        if schedule.get("Input") != "{}":
            yield f"{name} is fired without options: Scheduler's own event has members that it refuses"


def what_fires_seldom_is_tried_again(template: Template) -> Iterator[str]:
    for name, function, schedule in schedules(template):
        if schedule["ScheduleExpression"] == "rate(1 minute)":
            continue  # the next minute is the retry
        if schedule.get("RetryPolicy", {}).get("MaximumRetryAttempts", 0) < 1:
            yield f"{name}: a firing that Lambda does not take is delivered again"
        if function.get("EventInvokeConfig", {}).get("MaximumRetryAttempts", 0) < 1:
            yield f"{name}: a firing that fails is tried again, and not the next night"


STANDING_FACTS: tuple[Fact, ...] = (
    functions_list_only_what_they_name,
    models_are_written_by_the_job_alone,
    functions_see_no_row,
    a_standing_job_keeps_its_own_item,
    a_standing_job_reads_its_own_reports,
    schedules_mean_the_hour_of_paris_and_fire_at_it,
    what_fires_seldom_is_tried_again,
)
