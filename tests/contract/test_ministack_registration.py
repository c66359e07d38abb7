"""The places where our service is registered in ministack. It is pinned; whoever moves the pin meets these first."""

import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import PYTHON, LocalCloud, down
from infra.local.processes import alive
from tests.contract.emr import Emr, eventually

PLACES = """
import inspect
from ministack import app
from ministack.core import lambda_runtime, responses, router
from ministack.services import budgets, eventbridge
from ministack.services.cloudformation import provisioners

assert app.SERVICE_HANDLERS["cloudformation"] and "emr-serverless" not in app.SERVICE_HANDLERS, "handlers"
known = {key for one in router.SERVICE_PATTERNS.values() for key in one}
assert {"host_patterns", "credential_scope"} <= known, "patterns"
bucket = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
assert {"create", "update", "delete"} <= set(bucket), "resource types"
assert list(inspect.signature(bucket["create"]).parameters) == ["logical_id", "props", "stack_name"], "create"
assert len(inspect.signature(bucket["delete"]).parameters) == 2, "delete"
assert "create" in provisioners._RESOURCE_HANDLERS["AWS::SQS::Queue"], "queues"
assert "create" in provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"], "tables"
assert len(provisioners._sqs._queue_name_to_url) == len(provisioners._dynamodb._tables) == 0, "names"
assert "AWS::Budgets::Budget" not in provisioners._RESOURCE_HANDLERS, "budgets"
assert callable(budgets._create_budget) and callable(budgets._delete_budget) and len(budgets._budgets) == 0, "budgets"
assert list(app.SERVICE_REGISTRY["sqs"]) == ["module"] and isinstance(app._loaded_modules, dict), "modules"
assert "allow_aws_source" in inspect.signature(eventbridge._put_events).parameters, "events"
waits = set(inspect.signature(lambda_runtime.Worker._drain_stderr_bounded).parameters)
assert waits == {"self", "first_line_wait", "idle_confirm", "hard_cap"}, "the last lines of a call"
assert callable(responses.request_scope) and responses.get_account_id() and responses.get_region(), "scope"
"""
TEMPLATE = """
Parameters:
  Minutes: {Type: String, Default: "20"}
  Name: {Type: String, Default: orchard}
  Team: {Type: String, Default: fruit}
Resources:
  Application:
    Type: AWS::EMRServerless::Application
    Properties:
      Name: !Ref Name
      Type: Spark
      ReleaseLabel: emr-7.14.0
      AutoStopConfiguration: {Enabled: true, IdleTimeoutMinutes: !Ref Minutes}
      MaximumCapacity: {Cpu: 12 vCPU, Memory: 48 GB}
      InitialCapacity:
        - Key: Driver
          Value: {WorkerCount: "1", WorkerConfiguration: {Cpu: 1 vCPU, Memory: 2 GB}}
      RuntimeConfiguration:
        - Classification: spark-defaults
          Properties: {spark.driver.cores: "1"}
      SchedulerConfiguration: {MaxConcurrentRuns: 1, QueueTimeoutMinutes: 30}
      Tags:
        - {Key: team, Value: !Ref Team}
Outputs:
  Id: {Value: !Ref Application}
  SameId: {Value: !GetAtt Application.ApplicationId}
  Arn: {Value: !GetAtt Application.Arn}
"""


def outputs(emr: Emr, stack: str) -> dict[str, str]:
    """Wait for a stack to be done, and return its outputs."""

    def look() -> Any:
        found = emr.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    done = eventually(look, f"stack {stack}")
    assert done["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), done.get("StackStatusReason")
    return {one["OutputKey"]: one["OutputValue"] for one in done["Outputs"]}


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def test_ministack_has_its_tables_where_we_register() -> None:
    looked = subprocess.run([PYTHON, "-c", PLACES], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr


def test_its_own_lambdas_cannot_import_what_we_brought() -> None:
    looked = subprocess.run([PYTHON, "-c", "import emr_serverless"], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in looked.stderr


def test_a_template_makes_changes_and_deletes_an_application(emr: Emr) -> None:
    cloudformation = emr.client("cloudformation")
    cloudformation.create_stack(StackName="orchard", TemplateBody=TEMPLATE)
    made = outputs(emr, "orchard")
    assert made["Id"] == made["SameId"]
    application = emr.application_in_state(made["Id"], "CREATED")
    assert application["arn"] == made["Arn"]
    assert application["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 20}
    assert application["initialCapacity"]["Driver"]["workerCount"] == 1
    assert application["runtimeConfiguration"][0]["properties"] == {"spark.driver.cores": "1"}
    assert application["tags"]["team"] == "fruit"

    cloudformation.update_stack(
        StackName="orchard", TemplateBody=TEMPLATE, Parameters=parameters(Minutes="25", Team="roots")
    )
    assert outputs(emr, "orchard")["Id"] == made["Id"]
    changed = emr.application_in_state(made["Id"], "CREATED")
    assert changed["autoStopConfiguration"]["idleTimeoutMinutes"] == 25
    assert changed["tags"]["team"] == "roots"

    cloudformation.update_stack(StackName="orchard", TemplateBody=TEMPLATE, Parameters=parameters(Name="meadow"))
    replaced = outputs(emr, "orchard")
    assert replaced["Id"] != made["Id"]
    emr.application_in_state(made["Id"], "TERMINATED")

    cloudformation.delete_stack(StackName="orchard")
    emr.application_in_state(replaced["Id"], "TERMINATED")


def test_a_stack_cannot_be_deleted_while_its_application_is_started(emr: Emr) -> None:
    """Its words are the service's: gchq/sleeper issue 2909."""
    cloudformation = emr.client("cloudformation")
    cloudformation.create_stack(StackName="busy", TemplateBody=TEMPLATE)
    application = outputs(emr, "busy")["Id"]
    emr.api.start_application(applicationId=application)
    emr.application_in_state(application, "STARTED")

    cloudformation.delete_stack(StackName="busy")

    def failed() -> Any:
        stack = cloudformation.describe_stacks(StackName="busy")["Stacks"][0]
        return stack["StackStatus"] == "DELETE_FAILED" and stack

    assert "[Application]" in eventually(failed, "the deletion to fail")["StackStatusReason"]
    reasons = {event.get("ResourceStatusReason") for event in events_of(emr, "busy")}
    words = "must be in of the following statuses [CREATED, STOPPED]. Current status: STARTED"
    assert any(f"Application {application} {words}" in str(reason) for reason in reasons)
    emr.application_in_state(application, "STARTED")

    emr.api.stop_application(applicationId=application)
    emr.application_in_state(application, "STOPPED")
    cloudformation.delete_stack(StackName="busy")
    emr.application_in_state(application, "TERMINATED")


def test_to_delete_an_application_does_not_cancel_its_runs(emr: Emr, fifo: Path) -> None:
    application = emr.application()
    run = emr.start(application, ["hold", str(fifo)])
    emr.in_state(application, run, "RUNNING")
    with pytest.raises(ClientError, match="Current status: STARTED"):
        emr.api.delete_application(applicationId=application)
    with pytest.raises(ClientError, match="completed or cancelled"):
        emr.api.stop_application(applicationId=application)
    assert emr.run(application, run)["state"] == "RUNNING"
    fifo.write_text("go on")
    assert emr.ended(application, run)["state"] == "SUCCESS"


def events_of(emr: Emr, stack: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = emr.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    return found


def test_a_template_with_a_property_that_does_not_exist_is_not_deployed(emr: Emr) -> None:
    template = TEMPLATE.replace("Type: Spark", "Type: Spark\n      JobLevelCost: {}")
    cloudformation = emr.client("cloudformation")
    cloudformation.create_stack(StackName="weeds", TemplateBody=template, OnFailure="DO_NOTHING")

    def failed() -> bool:
        status = cloudformation.describe_stacks(StackName="weeds")["Stacks"][0]["StackStatus"]
        return str(status) == "CREATE_FAILED"

    assert eventually(failed, "the stack to fail")
    events = cloudformation.describe_stack_events(StackName="weeds")["StackEvents"]
    assert any("JobLevelCost" in event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture
def own_emr(emr: Emr, tmp_path: Path) -> Any:
    """A cloud of the test's own, which it may kill."""
    environment = psutil.Process(emr.cloud.pid).environ()
    more = {"EMR_SERVERLESS_SPARK_SUBMIT": environment["EMR_SERVERLESS_SPARK_SUBMIT"]}
    with LocalCloud.start(tmp_path / "cloud", more=more) as cloud:
        own = Emr(cloud)
        own.make_role()
        s3 = own.client("s3")
        s3.create_bucket(Bucket="jobs-of-the-tests", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        s3.put_object(Bucket="jobs-of-the-tests", Key="job.py", Body=b"the job")
        yield own


def start_a_stubborn_job(emr: Emr, tmp_path: Path, fifo: Path) -> list[tuple[int, float]]:
    """Start a job that ignores SIGTERM and has a child outside its group; return (pid, birth) of all of it."""
    pid_file = tmp_path / "pid"
    application = emr.application()
    arguments = ["be-deaf", "", "leave-a-child", str(pid_file), "hold", str(fifo)]
    emr.start(application, arguments, retryPolicy={"maxAttempts": 10})
    eventually(pid_file.exists, "the job's child")
    family = psutil.Process(emr.cloud.pid).children(recursive=True)
    assert int(pid_file.read_text()) in [process.pid for process in family]
    return [(process.pid, process.create_time()) for process in family]


def test_when_the_cloud_goes_down_nothing_of_a_job_is_left(own_emr: Emr, tmp_path: Path, fifo: Path) -> None:
    family = start_a_stubborn_job(own_emr, tmp_path, fifo)
    down(tmp_path / "cloud")
    assert "Traceback" not in Path(own_emr.cloud.log).read_text()
    assert [alive(pid, born) for pid, born in family] == [None] * len(family)


def test_when_the_cloud_is_killed_nothing_of_a_job_is_left_either(own_emr: Emr, tmp_path: Path, fifo: Path) -> None:
    family = start_a_stubborn_job(own_emr, tmp_path, fifo)
    psutil.Process(own_emr.cloud.pid).kill()
    eventually(lambda: not any(alive(pid, born) for pid, born in family), "the job to end with its cloud")


def test_a_reset_of_ministack_forgets_applications_and_ends_jobs(own_emr: Emr, tmp_path: Path, fifo: Path) -> None:
    family = start_a_stubborn_job(own_emr, tmp_path, fifo)
    reset = urllib.request.Request(f"{own_emr.cloud.endpoint}/_ministack/reset", method="POST")  # noqa: S310
    with urllib.request.urlopen(reset) as answer:  # noqa: S310 - our own cloud
        assert answer.status == 200
    assert own_emr.api.list_applications()["applications"] == []
    assert not any(alive(pid, born) for pid, born in family)
