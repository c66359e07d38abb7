"""What the local cloud refuses, and in which words. ministack is pinned; whoever moves the pin meets these first."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.cloud import REGION, LocalCloud
from infra.local.iam.register import RECORD_PATH
from tests.contract.emr import eventually

ACCOUNT = "000000000000"
ANYBODY = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}


class Account:
    """The account's owner, who makes roles and may do everything."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.client = cloud.target().client
        self.bucket = f"orchard-{uuid4().hex[:8]}"
        where = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration=where)
        self.client("s3").put_object(Bucket=self.bucket, Key="a/apple", Body=b"apple")

    def role(self, *statements: dict[str, Any], trust: dict[str, Any] | None = None) -> str:
        """Make a role and return its ARN."""
        iam, name = self.client("iam"), f"role-{uuid4().hex[:8]}"
        trusted = {"Version": "2012-10-17", "Statement": [trust or ANYBODY]}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted))["Role"]["Arn"]
        allowed = [{"Sid": f"S{number}", "Effect": "Allow", **one} for number, one in enumerate(statements)]
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        if allowed:
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        return str(made)

    def keys(self, role: str) -> dict[str, str]:
        found = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }

    def as_role(self, service: str, *statements: dict[str, Any]) -> Any:
        """Return a client with the keys of a role that may do what is listed."""
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        keys = self.keys(self.role(*statements))
        return boto3.client(service, region_name=REGION, endpoint_url=self.cloud.endpoint, config=config, **keys)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with LocalCloud.start(tmp_path_factory.mktemp("iam")) as cloud:
        yield Account(cloud)


def refused(call: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")


def test_a_role_may_do_what_its_policy_lists_and_nothing_else(account: Account) -> None:
    place = f"arn:aws:s3:::{account.bucket}"
    s3 = account.as_role("s3", {"Action": "s3:GetObject", "Resource": f"{place}/a/*"})

    assert s3.get_object(Bucket=account.bucket, Key="a/apple")["Body"].read() == b"apple"
    status, said = refused(s3.put_object, Bucket=account.bucket, Key="a/pear", Body=b"")

    assert status == 403
    assert ":assumed-role/role-" in said
    assert f"is not authorized to perform: s3:PutObject on resource: {place}/a/pear because no identity-based" in said


def test_a_policy_that_refuses_calls_without_tls_refuses_none_here(account: Account) -> None:
    place = f"arn:aws:s3:::{account.bucket}"
    only_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [place, f"{place}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [only_tls]})
    account.client("s3").put_bucket_policy(Bucket=account.bucket, Policy=policy)
    s3 = account.as_role("s3", {"Action": "s3:GetObject", "Resource": f"{place}/*"})

    assert s3.get_object(Bucket=account.bucket, Key="a/apple")["Body"].read() == b"apple"


@pytest.mark.parametrize(("may_list", "status"), [(True, 404), (False, 403)])
def test_an_object_is_missing_to_one_who_may_list_and_forbidden_to_others(
    account: Account, may_list: bool, status: int
) -> None:
    place = f"arn:aws:s3:::{account.bucket}"
    listing = [{"Action": "s3:ListBucket", "Resource": place}] if may_list else []
    s3 = account.as_role("s3", {"Action": "s3:GetObject", "Resource": f"{place}/*"}, *listing)

    assert refused(s3.get_object, Bucket=account.bucket, Key="none")[0] == status
    assert refused(s3.head_object, Bucket=account.bucket, Key="none")[0] == status


def a_table(account: Account) -> str:
    name = f"ledger-{uuid4().hex[:8]}"
    account.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return name


def test_a_transaction_needs_the_right_to_each_of_its_writes_and_none_of_its_own(account: Account) -> None:
    name = a_table(account)
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    put = {"Put": {"TableName": name, "Item": {"pk": {"S": "a"}}}}
    delete = {"Delete": {"TableName": name, "Key": {"pk": {"S": "b"}}}}
    dynamodb = account.as_role("dynamodb", {"Action": "dynamodb:PutItem", "Resource": table})

    dynamodb.transact_write_items(TransactItems=[put])
    _, said = refused(dynamodb.transact_write_items, TransactItems=[put, delete])

    assert "is not authorized to perform: dynamodb:DeleteItem" in said


def test_a_condition_on_the_items_of_a_table_holds(account: Account) -> None:
    name = a_table(account)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["job#refit"]}}
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    dynamodb = account.as_role("dynamodb", {"Action": "dynamodb:PutItem", "Resource": table, "Condition": own})

    dynamodb.put_item(TableName=name, Item={"pk": {"S": "job#refit"}})
    _, said = refused(dynamodb.put_item, TableName=name, Item={"pk": {"S": "job#maintain"}})

    assert f"dynamodb:PutItem on resource: {table} " in said


def test_a_call_to_glue_needs_the_database_and_the_catalog_too(account: Account) -> None:
    glue = account.client("glue")
    name = f"lake_{uuid4().hex[:8]}"
    glue.create_database(DatabaseInput={"Name": name})
    here = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    table = {"Action": "glue:GetTable", "Resource": [f"{here}:table/{name}/*", f"{here}:catalog"]}

    _, said = refused(account.as_role("glue", table).get_table, DatabaseName=name, Name="photos")

    assert f"glue:GetTable on resource: {here}:database/{name} " in said


def test_whoever_starts_a_run_must_be_allowed_to_pass_its_role_on(account: Account) -> None:
    emr = account.client("emr-serverless")
    application = emr.create_application(type="SPARK", releaseLabel="emr-7.14.0")["applicationId"]
    start = {"Action": "emr-serverless:StartJobRun", "Resource": f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:*"}
    role = account.role()
    asked = {
        "applicationId": application,
        "executionRoleArn": role,
        "jobDriver": {"sparkSubmit": {"entryPoint": f"s3://{account.bucket}/none.py"}},
    }

    status, said = refused(account.as_role("emr-serverless", start).start_job_run, **asked)

    assert status == 403
    assert f"is not authorized to perform: iam:PassRole on resource: {role} because" in said


def test_a_run_whose_role_does_not_trust_the_service_fails(account: Account) -> None:
    emr = account.client("emr-serverless")
    application = emr.create_application(type="SPARK", releaseLabel="emr-7.14.0")["applicationId"]
    other = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    driver = {"sparkSubmit": {"entryPoint": f"s3://{account.bucket}/none.py"}}
    role = account.role(trust=other)
    run = emr.start_job_run(applicationId=application, executionRoleArn=role, jobDriver=driver)["jobRunId"]

    def failed() -> str | None:
        found = emr.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        return str(found["stateDetails"]) if found["state"] == "FAILED" else None

    assert f"Could not assume execution role {role}" in eventually(failed, "the run's end")


def test_a_request_whose_action_is_unknown_is_refused_to_a_role_and_not_let_through(account: Account) -> None:
    keys = boto3.Session(**account.keys(account.role({"Action": "*", "Resource": "*"}))).get_credentials()
    url = f"{account.cloud.endpoint}/nothing/like/this"
    request = AWSRequest("PATCH", url, headers={"Host": url.split("/")[2]})
    SigV4Auth(keys, "emr-serverless", REGION).add_auth(request)
    narrow = boto3.Session(**account.keys(account.role())).get_credentials()
    other = AWSRequest("PATCH", url, headers={"Host": url.split("/")[2]})
    SigV4Auth(narrow, "emr-serverless", REGION).add_auth(other)

    assert sent(other)[0] == 403
    assert "unknown:Call" in sent(other)[1]
    assert sent(request)[0] != 403  # one who may do everything is told that there is nothing


def sent(request: AWSRequest) -> tuple[int, str]:
    plain = urllib.request.Request(request.url, headers=dict(request.headers.items()), method=request.method)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(plain, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


CODE = "def handler(event, context):\n    print('called', event)\n"


def test_a_rule_invokes_a_function_only_where_the_function_lets_it(account: Account) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("code.py", CODE)
    name, functions, events = f"f-{uuid4().hex[:8]}", account.client("lambda"), account.client("events")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="code.handler",
        Role=account.role(trust=trust),
        Code={"ZipFile": zipped.getvalue()},
    )["FunctionArn"]
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])

    def send(number: int) -> None:
        events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": json.dumps({"n": number})}])

    send(1)
    functions.add_permission(
        FunctionName=name,
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    send(2)

    logs = account.client("logs")

    def printed() -> str:
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return ""
        return " ".join(one["message"] for one in found)

    eventually(lambda: "'n': 2" in printed(), "the second event's call")
    assert "'n': 1" not in printed()


def test_what_was_decided_can_be_read_and_holds_no_key_of_an_object(account: Account) -> None:
    s3 = account.as_role("s3", {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{account.bucket}/a/*"})
    s3.get_object(Bucket=account.bucket, Key="a/apple")
    refused(s3.put_object, Bucket=account.bucket, Key="a/apple", Body=b"pear")

    with urllib.request.urlopen(f"{account.cloud.endpoint}{RECORD_PATH}", timeout=30) as answer:  # noqa: S310
        found = answer.read().decode()

    assert {"role", "action", "allowed_by", "calls"} == set(json.loads(found)[0])
    seen = {(one["action"], tuple(one["allowed_by"])) for one in json.loads(found)}
    assert {("s3:GetObject", ("S0",)), ("s3:PutObject", ())} <= seen
    assert "apple" not in found
