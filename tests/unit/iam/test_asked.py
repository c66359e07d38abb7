"""What a request asks for is what AWS's reference says: each resource of it, the items, and roles passed on."""

import json
from typing import Any

import pytest

from infra.local.iam.rules import asked, service_calls
from infra.local.iam.rules.asked import Asked

REGION, ACCOUNT = "eu-west-3", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/applications/00f1/jobruns", "/applications/00f1"),
        ("/applications/00f1/jobruns/00r2", "/applications/00f1/jobruns/00r2"),
        ("/applications/00f1/jobruns/00r2/dashboard", "/applications/00f1/jobruns/00r2"),
        ("/applications/00f1", "/applications/00f1"),
        ("/applications/00f1/stop", "/applications/00f1"),
    ],
)
def test_a_call_to_emr_serverless_is_for_an_application_or_a_run(path: str, resource: str) -> None:
    assert asked.emr_resource(path, REGION, ACCOUNT) == f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:{resource}"


def test_a_list_of_applications_is_for_all() -> None:
    assert asked.emr_resource("/applications", REGION, ACCOUNT) == "*"


def test_a_start_passes_a_role_on_and_nothing_else_does() -> None:
    passed = Asked("iam:PassRole", ROLE, {"iam:passedtoservice": "emr-serverless.amazonaws.com"})

    assert asked.passed_roles("emr-serverless:StartJobRun", body(executionRoleArn=ROLE)) == [passed]
    assert asked.passed_roles("emr-serverless:GetJobRun", b"") == []
    assert asked.passed_roles("emr-serverless:StartJobRun", b"no json") == []


@pytest.mark.parametrize(
    ("operation", "members", "resources"),
    [
        ("GetDatabase", {"Name": "lake"}, ["catalog", "database/lake"]),
        ("GetTable", {"DatabaseName": "lake", "Name": "photos"}, ["catalog", "database/lake", "table/lake/photos"]),
        (
            "UpdateTable",
            {"DatabaseName": "lake", "TableInput": {"Name": "photos"}},
            ["catalog", "database/lake", "table/lake/photos"],
        ),
        ("GetTables", {"DatabaseName": "lake"}, ["catalog", "database/lake", "table/lake/*"]),
        ("GetDatabases", {}, ["catalog"]),
    ],
)
def test_a_call_to_glue_is_for_the_catalog_the_database_and_the_table(
    operation: str, members: dict[str, Any], resources: list[str]
) -> None:
    found = asked.glue_resources(f"glue:{operation}", body(**members), REGION, ACCOUNT)

    assert found == [f"arn:aws:glue:{REGION}:{ACCOUNT}:{one}" for one in resources]


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        ({"Key": {"pk": {"S": "job#refit"}}}, ["job#refit"]),
        ({"Item": {"pk": {"S": "photo#1"}, "x": {"N": "1"}}}, ["photo#1"]),
        (
            {
                "KeyConditionExpression": "open_pk = :pk AND open_sk > :sk",
                "ExpressionAttributeValues": {":pk": {"S": "open"}, ":sk": {"S": "a"}},
            },
            ["open"],
        ),
        (
            {"TransactItems": [{"Put": {"Item": {"pk": {"S": "a"}}}}, {"Get": {"Key": {"pk": {"S": "b"}}}}]},
            ["a", "b"],
        ),
        ({"TableName": "ledger"}, []),
    ],
)
def test_a_call_to_the_ledger_names_the_items_that_it_is_about(members: dict[str, Any], keys: list[str]) -> None:
    assert asked.leading_keys(body(**members)) == keys


def test_what_aws_does_in_a_roles_name_is_asked_for_too() -> None:
    traced = [one.action for one in service_calls.of_function("/aws/lambda/f", True, REGION, ACCOUNT)]
    untraced = [one.action for one in service_calls.of_function("/aws/lambda/f", False, REGION, ACCOUNT)]

    assert untraced == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert [one for one in traced if one not in untraced] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert {one.resource for one in service_calls.of_queue("arn:queue")} == {"arn:queue"}
    assert service_calls.of_schedule("arn:f") == [Asked("lambda:InvokeFunction", "arn:f")]
