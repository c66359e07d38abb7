"""Least privilege, measured: each statement of each role is used by a story of the whole stack, or waived by name."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import PipelineError
from contracts.jobs.names import Kind
from infra.deployment import zip_bucket
from infra.deployment.template import parse
from infra.local import deploy, rights
from infra.local.cloud import REGION, LocalCloud
from infra.ops import one_off, scheduled_jobs, stack
from infra.ops.doctor import examine
from infra.ops.pipeline import Pipeline
from tests.contract.emr import eventually
from tests.e2e.story import few, settled, uploaded

pytestmark = pytest.mark.slow

OFTEN = {"RefitSchedule": "rate(1 minute)", "MaintainSchedule": "rate(1 minute)"}
PARAMETERS = {"BatchTarget": "10", "BatchMax": "40", "MaxWaitMinutes": "0", "MaxConcurrentRuns": "1", **OFTEN}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("rights")) as own:
        yield own


@pytest.fixture(scope="module")
def pipeline(cloud: LocalCloud, artifact_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    log = tmp_path_factory.mktemp("sam") / "sam.log"
    return Pipeline(cloud.target(), deploy.deploy(cloud.target(), log, deploy.files_here(artifact_folder), PARAMETERS))


def tell_the_story(pipeline: Pipeline, photos: Path) -> None:
    """Photos to rows, one of them gone before its run; then a refit and maintenance by their schedules."""
    first = uploaded(pipeline, photos)
    settled(pipeline, len(first))
    for kind in (Kind.REFIT, Kind.MAINTAIN):
        eventually(partial(pipeline.runs, kind), f"a {kind} by its schedule", within=240)
    later = uploaded(pipeline, photos)
    gone = later[0]
    pipeline.s3.delete_object(Bucket=gone.bucket, Key=gone.key, VersionId=gone.version_id)
    settled(pipeline, len(first) + len(later))
    pipeline.wait(len(first) + len(later), lambda _: None, jobs=True, within=300)
    runner = one_off.runner_of(pipeline)
    run_id = examine.start(pipeline, runner, 0, datetime.now(UTC))
    examine.observe(pipeline, runner, run_id, lambda _: None, patience=30)


@pytest.fixture(scope="module")
def told(pipeline: Pipeline, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> rights.RightsReport:
    """Tell the story and return what it used, before any test of this file takes a statement away."""
    tell_the_story(pipeline, few(photos, tmp_path_factory.mktemp("few") / "photos"))
    return rights.report(pipeline.target)


def test_every_statement_is_used_and_needed_or_waived_and_nothing_is_refused(told: rights.RightsReport) -> None:
    assert told.refused == {}
    assert {(one.role, one.sid) for one in told.dispensable} <= set(rights.WAIVED)
    assert set(rights.WAIVED) <= {(use.statement.role, use.statement.sid) for use in told.uses}


def without(template: dict[str, Any], role: str, sid: str) -> dict[str, Any]:
    found = copy.deepcopy(template)
    (policy,) = found["Resources"][role]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    policy["PolicyDocument"]["Statement"] = [one for one in statements if one["Sid"] != sid]
    assert len(policy["PolicyDocument"]["Statement"]) == len(statements) - 1
    return found


@pytest.fixture
def template_without(cloud: LocalCloud) -> Iterator[Any]:
    """Deploy the stack's own template with one statement dropped; afterwards, the whole one again."""
    cloudformation, name, s3 = cloud.target().client("cloudformation"), stack.name(), cloud.target().client("s3")
    bucket = zip_bucket.name("000000000000", REGION)
    original = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    whole = parse(original if isinstance(original, str) else json.dumps(original))
    (known,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    names = [one["ParameterKey"] for one in known["Parameters"]]
    seldom = [{"ParameterKey": name, "ParameterValue": "rate(1 day)"} for name in OFTEN]  # else a schedule is first
    same = seldom + [{"ParameterKey": name, "UsePreviousValue": True} for name in names if name not in OFTEN]

    def update(template: dict[str, Any]) -> None:
        # CloudFormation takes so long a template from a bucket alone; SAM puts it there too.
        s3.put_object(Bucket=bucket, Key="rights.json", Body=json.dumps(template).encode())
        url = f"https://s3.{REGION}.amazonaws.com/{bucket}/rights.json"
        asked = {"StackName": name, "TemplateURL": url, "Parameters": same}
        cloudformation.update_stack(**asked, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
        cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    yield lambda role, sid: update(without(whole, role, sid))
    update(whole)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("role", "sid", "action"),
    [
        ("JobRole", "KeepTheTable", "glue:GetTable"),
        ("RefitRole", "HandTheJobItsRole", "iam:PassRole"),
    ],
)
def test_a_template_without_a_statement_is_refused_in_the_words_of_aws(
    pipeline: Pipeline, template_without: Any, role: str, sid: str, action: str
) -> None:
    template_without(role, sid)
    pipeline.wait(0, lambda _: None, jobs=True, within=300)

    said = what_is_said(pipeline, role)

    assert f"is not authorized to perform: {action} on resource: arn:aws" in said
    assert f"because no identity-based policy allows the {action} action" in said


def what_is_said(pipeline: Pipeline, role: str) -> str:
    """Have a refit started: by its function's role, then by the job's."""
    try:
        result = scheduled_jobs.trigger(pipeline, Kind.REFIT, {"full": True})
    except PipelineError as error:
        return str(error)
    assert role == "JobRole", "the function was to be refused"
    with pytest.raises(PipelineError, match="FAILED"):
        scheduled_jobs.wait(pipeline, result, lambda _: None, within=300)
    return f"{pipeline.log(str(result.run_id), 'stdout')}{pipeline.log(str(result.run_id), 'stderr')}"
