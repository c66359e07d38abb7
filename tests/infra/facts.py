"""Facts of the template that bite when they are wrong: each says what is wrong, and nothing where all is well."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.aws.page_items import LATEST
from chalicelib.aws.registrations import PATIENCE
from contracts.jobs.emr_release import IN_USE, RELEASES

Template = dict[str, Any]
Fact = Callable[[Template], Iterator[str]]


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == kind}


def queue_events(template: Template) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for function in resources(template, "AWS::Serverless::Function").values():
        for event in function["Events"].values():
            if event["Type"] == "SQS":
                yield function, event["Properties"]


def partial_failures_are_reported(template: Template) -> Iterator[str]:
    for _, event in queue_events(template):
        if "ReportBatchItemFailures" not in event.get("FunctionResponseTypes", []):
            yield "without ReportBatchItemFailures SQS deletes the messages that failed"


def concurrency_is_bounded(template: Template) -> Iterator[str]:
    for _, event in queue_events(template):
        if not 2 <= event.get("ScalingConfig", {}).get("MaximumConcurrency", 0) <= 1000:
            yield "MaximumConcurrency is between 2 and 1000"


def messages_stay_hidden_long_enough(template: Template) -> Iterator[str]:
    for function, event in queue_events(template):
        queue = template["Resources"][event["Queue"]["Fn::GetAtt"][0]]["Properties"]
        needed = 6 * function["Timeout"] + most(template, event.get("MaximumBatchingWindowInSeconds", 0))
        if queue.get("VisibilityTimeout", 30) < needed:
            yield f"the queue's visibility timeout is below {needed} s: 6 times the function's timeout, and the window"


def most(template: Template, value: Any) -> int:
    """The largest number that a value may be: itself, or what its parameter allows."""
    return int(template["Parameters"][value["Ref"]]["MaxValue"] if isinstance(value, dict) else value)


def messages_are_tried_five_times_and_kept(template: Template) -> Iterator[str]:
    for _, event in queue_events(template):
        queue = template["Resources"][event["Queue"]["Fn::GetAtt"][0]]["Properties"]
        redrive = queue.get("RedrivePolicy", {})
        if redrive.get("maxReceiveCount", 0) < 5:
            yield "maxReceiveCount is at least 5"
        dead = redrive.get("deadLetterTargetArn", {}).get("Fn::GetAtt", [""])[0]
        if template["Resources"].get(dead, {}).get("Properties", {}).get("MessageRetentionPeriod") != 1_209_600:
            yield "dead letters are kept 14 days"


def only_our_bucket_may_send(template: Template) -> Iterator[str]:
    for policy in resources(template, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                keys = {key for test in statement.get("Condition", {}).values() for key in test}
                if not {"aws:SourceArn", "aws:SourceAccount"} <= keys or statement["Principal"] == "*":
                    yield "a queue takes messages from one bucket of one account"


def statements(template: Template) -> Iterator[dict[str, Any]]:
    for role in resources(template, "AWS::IAM::Role").values():
        for policy in role.get("Policies", []):
            yield from policy["PolicyDocument"]["Statement"]


def roles_are_passed_to_one_service_only(template: Template) -> Iterator[str]:
    for one in statements(template):
        if "iam:PassRole" in listed(one["Action"]):
            to = one.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
            if to != "emr-serverless.amazonaws.com" or one["Resource"] != {"Fn::GetAtt": ["JobRole", "Arn"]}:
                yield "PassRole is for the job's role, to EMR Serverless"


NO_ARN = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""Actions for which AWS offers no ARN."""


def nothing_is_allowed_by_a_star(template: Template) -> Iterator[str]:
    for one in statements(template):
        actions = listed(one["Action"])
        if any("*" in action for action in actions):
            yield f"actions are named, not matched: {actions}"
        if "*" in listed(one["Resource"]) and not set(actions) <= NO_ARN:
            yield f"a resource is named: {actions}"
    if any("ManagedPolicyArns" in role for role in resources(template, "AWS::IAM::Role").values()):
        yield "managed policies allow more than is needed"


def the_job_never_deletes_photos(template: Template) -> Iterator[str]:
    for one in statements(template):
        places = str(one["Resource"])
        if "PhotosBucket" in places and not set(listed(one["Action"])) <= {
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:ListBucket",
            "s3:ListBucketVersions",
        }:
            yield "photos are read, never changed"


def every_function_has_a_role_of_its_own(template: Template) -> Iterator[str]:
    roles = [str(function.get("Role")) for function in resources(template, "AWS::Serverless::Function").values()]
    if len(set(roles)) != len(roles) or "None" in roles:
        yield "one role a function"


def buckets_are_private_encrypted_and_tls_only(template: Template) -> Iterator[str]:
    denied = {
        policy["Bucket"]["Ref"]
        for policy in resources(template, "AWS::S3::BucketPolicy").values()
        for one in policy["PolicyDocument"]["Statement"]
        # Several keys under one operator must all hold: a second one would disarm the deny.
        if one["Effect"] == "Deny" and one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        if len(one["Resource"]) == 2
    }
    for name, bucket in resources(template, "AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if name not in denied:
            yield f"{name} takes TLS only"
        if len(block) != 4 or not all(block.values()):
            yield f"{name} is private"
        if "BucketEncryption" not in bucket or "LifecycleConfiguration" not in bucket:
            yield f"{name} is encrypted, and has a lifecycle"


def photos_are_versioned_and_the_lake_is_not(template: Template) -> Iterator[str]:
    found = resources(template, "AWS::S3::Bucket")
    if found["PhotosBucket"].get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield "photos are versioned: a version is a photo's identity"
    if "VersioningConfiguration" in found["LakeBucket"]:
        yield "what Iceberg expires has to be gone"


def spark_costs_nothing_while_idle_and_has_a_limit(template: Template) -> Iterator[str]:
    for application in resources(template, "AWS::EMRServerless::Application").values():
        if application.get("InitialCapacity"):
            yield "pre-initialised workers are billed while idle"
        if not application.get("AutoStopConfiguration", {}).get("Enabled"):
            yield "the application stops by itself"
        if {"Cpu", "Memory", "Disk"} - set(application.get("MaximumCapacity", {})):
            yield "the application has a maximum capacity"
        if application["ReleaseLabel"] != {"Ref": "ReleaseLabel"}:
            yield "the release is the one that the functions are told"
    parameter = template["Parameters"]["ReleaseLabel"]
    if parameter["Default"] != IN_USE.label or parameter["AllowedValues"] != [one.label for one in RELEASES]:
        yield "a release is one that the tests know"


def the_ledger_can_be_restored_and_forgets(template: Template) -> Iterator[str]:
    table = resources(template, "AWS::DynamoDB::Table")["LedgerTable"]
    if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "the ledger has point-in-time recovery"
    if not table.get("TimeToLiveSpecification", {}).get("Enabled"):
        yield "the ledger forgets"
    if table.get("BillingMode") != "PAY_PER_REQUEST":
        yield "the ledger costs nothing while idle"
    if table.get("GlobalSecondaryIndexes") or table.get("LocalSecondaryIndexes"):
        yield "an index would write each item twice"
    timeout = template["Resources"]["CollectFunction"]["Properties"]["Timeout"]
    if 2 * timeout > PATIENCE.total_seconds() or 10 * timeout > LATEST.total_seconds():
        yield "collect ends long before its photos are taken over, or its page is passed over"
    others = [template["Resources"][f"{name}Function"]["Properties"]["Timeout"] for name in ("Submit", "OnRunEvent")]
    if max(others) >= LATEST.total_seconds():
        yield "what waits again is put before it could be passed over"


def logs_end(template: Template) -> Iterator[str]:
    for name, group in resources(template, "AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in group:
            yield f"{name} keeps logs for ever"
    groups = {str(group.get("LogGroupName")) for group in resources(template, "AWS::Logs::LogGroup").values()}
    for function in resources(template, "AWS::Serverless::Function").values():
        name = function["FunctionName"]["Fn::Sub"]
        if str({"Fn::Sub": f"/aws/lambda/{name}"}) not in groups:
            yield f"{name} has a log group of its own, or Lambda makes one that keeps logs for ever"


HOLDS_DATA = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Glue::Database")


def what_holds_data_outlives_the_stack(template: Template) -> Iterator[str]:
    for name, one in template["Resources"].items():
        if one["Type"] in HOLDS_DATA and "Retain" not in str(one.get("DeletionPolicy")):
            yield f"{name} is kept when the stack goes"
        if one["Type"] in HOLDS_DATA and one.get("UpdateReplacePolicy") != "Retain":
            yield f"{name} is kept when another takes its place"


def a_failed_first_deployment_leaves_no_name_taken(template: Template) -> Iterator[str]:
    for name, one in template["Resources"].items():
        if one.get("DeletionPolicy") not in (None, "Delete", "RetainExceptOnCreate"):
            yield f"{name} stays behind when its creation is rolled back, and its name blocks the next deployment"


def what_lambda_queues_says_how_often_it_is_tried(template: Template) -> Iterator[str]:
    for name, function in resources(template, "AWS::Serverless::Function").items():
        kinds = {event["Type"] for event in function["Events"].values()}
        said = function.get("EventInvokeConfig", {})
        if kinds - {"SQS"} and not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(said):
            yield f"{name}: without EventInvokeConfig a call waits up to six hours, and is tried three times"
        expressions = [event["Properties"].get("ScheduleExpression") for event in function["Events"].values()]
        if "rate(1 minute)" in expressions and (
            said.get("MaximumRetryAttempts"),
            said.get("MaximumEventAgeInSeconds"),
        ) != (
            0,
            60,
        ):
            yield f"{name}: the next minute's call is the retry, and an older one is of no use"


def delete_markers_end(template: Template) -> Iterator[str]:
    for name, bucket in resources(template, "AWS::S3::Bucket").items():
        rules = bucket["LifecycleConfiguration"]["Rules"]
        whole = [one for one in rules if "Prefix" not in one and one["Status"] == "Enabled"]
        if "VersioningConfiguration" in bucket and not any(one.get("ExpiredObjectDeleteMarker") for one in whole):
            yield f"{name}: a delete marker with nothing behind it stays for ever"
        if any("ExpiredObjectDeleteMarker" in one and "ExpirationInDays" in one for one in rules):
            yield f"{name}: S3 refuses both in one rule"


def only_ends_of_runs_wake_the_function(template: Template) -> Iterator[str]:
    pattern = template["Resources"]["OnRunEventFunction"]["Properties"]["Events"]["RunChanged"]["Properties"]["Pattern"]
    if sorted(pattern["detail"]["state"]) != ["CANCELLED", "FAILED", "SUCCESS"]:
        yield "CANCELLING is not an end, and every end counts"


def nothing_refers_to_itself_in_a_circle(template: Template) -> Iterator[str]:
    names = set(template["Resources"])
    arrows = {name: (_named(one) & names) - {name} for name, one in template["Resources"].items()}
    for function in resources(template, "AWS::Serverless::Function"):
        arrows[function] |= _named(template["Globals"]) & names
    left = dict(arrows)
    while free := [name for name, needs in left.items() if not needs & set(left)]:
        for name in free:
            del left[name]
    if left:
        yield f"these need each other: {sorted(left)}"


def _named(part: Any) -> set[str]:
    if isinstance(part, dict):
        found = set().union(*(_named(value) for value in part.values())) if part else set()
        for key, value in part.items():
            if key in ("Ref", "DependsOn"):
                found |= set(listed(value))
            elif key == "Fn::GetAtt":
                found.add(value[0])
            elif key == "Fn::Sub":
                found |= {name.split(".")[0] for name in re.findall(r"\$\{([^}]+)\}", str(value))}
        return found
    if isinstance(part, list):
        return set().union(*(_named(value) for value in part)) if part else set()
    return set()


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


FACTS: tuple[Fact, ...] = (
    partial_failures_are_reported,
    concurrency_is_bounded,
    messages_stay_hidden_long_enough,
    messages_are_tried_five_times_and_kept,
    only_our_bucket_may_send,
    roles_are_passed_to_one_service_only,
    nothing_is_allowed_by_a_star,
    the_job_never_deletes_photos,
    every_function_has_a_role_of_its_own,
    buckets_are_private_encrypted_and_tls_only,
    photos_are_versioned_and_the_lake_is_not,
    spark_costs_nothing_while_idle_and_has_a_limit,
    the_ledger_can_be_restored_and_forgets,
    logs_end,
    what_holds_data_outlives_the_stack,
    a_failed_first_deployment_leaves_no_name_taken,
    what_lambda_queues_says_how_often_it_is_tried,
    delete_markers_end,
    only_ends_of_runs_wake_the_function,
    nothing_refers_to_itself_in_a_circle,
)
