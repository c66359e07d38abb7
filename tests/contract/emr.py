"""What the contract tests of EMR Serverless ask of a local cloud."""

import gzip
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.cloud import LocalCloud
from tests.fakes import spark_submit

ROLE = "arn:aws:iam::000000000000:role/job"
BUCKET = "jobs-of-the-tests"
STAND_IN = Path(spark_submit.__file__)
TERMINAL = ("SUCCESS", "FAILED", "CANCELLED")
# A minute of a request lasts this long, so that five of them can be waited for.
MINUTE_SECONDS = 0.1
_WITHIN_SECONDS = 60.0


def eventually(look: Callable[[], Any], what: str, within: float = _WITHIN_SECONDS) -> Any:
    """Look until there is something, and return it; fail when nothing came."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {within:.0f} s in vain for {what}")


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True, slots=True)
class Emr:
    """Clients of one local cloud, and the few sentences that most tests are made of."""

    cloud: LocalCloud
    account: str = "0" * 12

    def client(self, service: str, region: str = "eu-west-3", account: str | None = None) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name=region,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="test",  # noqa: S106 - not a secret: any will do
            config=Config(retries={"max_attempts": 0}),
        )

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.account}:role/job"

    def make_role(self) -> None:
        """Make the role of the account's runs: the service may assume it, and it may do everything."""
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "emr-serverless.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam, name = self.client("iam"), self.role.rpartition("/")[2]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
        iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=_document(everything))

    @property
    def api(self) -> Any:
        return self.client("emr-serverless")

    def application(self, **settings: Any) -> str:
        made = self.api.create_application(**{"releaseLabel": "emr-7.14.0", "type": "SPARK", **settings})
        return str(made["applicationId"])

    @property
    def bucket(self) -> str:
        """The account's bucket of jobs: the names of buckets are unique among all accounts."""
        return BUCKET if self.account == "0" * 12 else f"{BUCKET}-{self.account}"

    def start(self, application: str, arguments: Sequence[str] = (), *, parameters: str = "", **more: Any) -> str:
        driver: dict[str, Any] = {"entryPoint": f"s3://{self.bucket}/job.py", "entryPointArguments": list(arguments)}
        if parameters:
            driver["sparkSubmitParameters"] = parameters
        request = {"executionRoleArn": self.role, "jobDriver": {"sparkSubmit": driver}, **more}
        return str(self.api.start_job_run(applicationId=application, **request)["jobRunId"])

    def run(self, application: str, run: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.get_job_run(applicationId=application, jobRunId=run, **more)["jobRun"]
        return answer

    def in_state(self, application: str, run: str, *states: str, within: float = _WITHIN_SECONDS) -> dict[str, Any]:
        """Wait for a run to be in one of the states, and return it."""

        def look() -> dict[str, Any] | None:
            found = self.run(application, run)
            return found if found["state"] in states else None

        found: dict[str, Any] = eventually(look, f"run {run} to be {' or '.join(states)}", within)
        return found

    def ended(self, application: str, run: str) -> dict[str, Any]:
        return self.in_state(application, run, *TERMINAL)

    def application_in_state(self, application: str, state: str) -> dict[str, Any]:
        def look() -> Any:
            found = self.api.get_application(applicationId=application)["application"]
            return found if found["state"] == state else None

        found: dict[str, Any] = eventually(look, f"application {application} to be {state}")
        return found

    def text(self, key: str) -> str:
        """Return an object of the tests' bucket, unpacked where it is packed."""
        body = self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return str((gzip.decompress(body) if key.endswith(".gz") else body).decode())

    def events(self, pattern: dict[str, Any]) -> Callable[[int, str], list[dict[str, Any]]]:
        """Send the events of a pattern to a queue of their own; return what waits for that many of an application.

        Those of others are passed over: tests share the cloud, and an application of an earlier one may still stop.
        """
        sqs, bridge, name = self.client("sqs"), self.client("events"), f"q-{uuid.uuid4().hex[:8]}"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        bridge.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
        bridge.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])

        def received(count: int, application: str) -> list[dict[str, Any]]:
            events: list[dict[str, Any]] = []

            def look() -> bool:
                for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                    event = json.loads(message["Body"])
                    if event["detail"]["applicationId"] == application:
                        events.append(event)
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return len(events) >= count

            eventually(look, f"{count} events")
            return events

        return received
