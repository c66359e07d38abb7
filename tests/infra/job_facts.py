"""Facts of the template about the job's role: who may take it, and what it needs to tell one failure from another."""

from collections.abc import Iterator
from typing import Any

from contracts.jobs.probes import SCRATCH_PREFIX
from tests.infra.facts import Fact, Template, listed, resources, statements

APPLICATION = (
    "arn:${AWS::Partition}:emr-serverless:${AWS::Region}:${AWS::AccountId}"
    ":/applications/${SparkApplication.ApplicationId}"
)


def of_the_job(template: Template) -> list[dict[str, Any]]:
    return list(statements({"Resources": {"JobRole": template["Resources"]["JobRole"]}}))


def one_applications_runs_take_the_jobs_role(template: Template) -> Iterator[str]:
    trust = resources(template, "AWS::IAM::Role")["JobRole"]["AssumeRolePolicyDocument"]["Statement"]
    for one in trust:
        if one["Condition"].get("StringEquals") != {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}:
            yield "the service acts for this account"
        named = [
            str(place.get("Fn::Sub")) for place in listed(one["Condition"].get("ArnLike", {}).get("aws:SourceArn", {}))
        ]
        if sorted(named) != [APPLICATION, f"{APPLICATION}/*"]:
            yield "the source is the application or one of its runs, and no other application's"


def a_missing_file_is_told_from_a_forbidden_one(template: Template) -> Iterator[str]:
    read = {"PhotosBucket", "LakeBucket", "ArtifactsBucket"}
    for one in of_the_job(template):
        if "s3:ListBucket" in listed(one["Action"]):
            read -= {place["Fn::GetAtt"][0] for place in listed(one["Resource"])}
    for name in sorted(read):
        yield f"without s3:ListBucket a missing object of {name} is answered by 403"


def the_job_may_make_the_group_that_it_logs_to(template: Template) -> Iterator[str]:
    # Its streams, and the group itself: which of the two the service asks for is told by no page.
    group = [
        {"Fn::GetAtt": ["JobLogGroup", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${JobLogGroup}"},
    ]
    may = {action for one in of_the_job(template) if one["Resource"] == group for action in listed(one["Action"])}
    wanted = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"}
    if may != wanted:
        yield f"of its own log group the job has {sorted(may)}, and needs {sorted(wanted)}"


def the_job_drops_scratch_tables_alone(template: Template) -> Iterator[str]:
    dropping = [one for one in of_the_job(template) if "glue:DeleteTable" in listed(one["Action"])]
    if [listed(one["Action"]) for one in dropping] != [["glue:DeleteTable"]]:
        yield "one statement, of its own, lets the job drop tables"
    named = [str(place["Fn::Sub"]).rpartition(":")[2] for one in dropping for place in listed(one["Resource"])]
    if sorted(named) != ["catalog", "database/fruits_${Stage}", f"table/fruits_${{Stage}}/{SCRATCH_PREFIX}*"]:
        yield f"it drops {named}, and may drop tables named {SCRATCH_PREFIX}* alone"


JOB_FACTS: tuple[Fact, ...] = (
    one_applications_runs_take_the_jobs_role,
    a_missing_file_is_told_from_a_forbidden_one,
    the_job_may_make_the_group_that_it_logs_to,
    the_job_drops_scratch_tables_alone,
)
