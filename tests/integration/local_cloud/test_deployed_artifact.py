"""A stack keeps the CNN that it has, until another one is named: features of two are never mixed."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.errors import GiveUp
from infra.cli import run_files
from infra.emr.run_files import RunFiles, artifact_version, upload
from infra.local.cloud import REGION, LocalCloud
from infra.ops.target import Target
from infra.steps import SilentSteps
from spark_app.network.artifact import CARD

STAGE = "staging"
BUCKET = "fruits-staging-artifacts"
Deploy = Callable[[Path], None]


@pytest.fixture
def target(local_cloud: LocalCloud) -> Target:
    return local_cloud.target()


@pytest.fixture
def another(artifact_folder: Path, tmp_path: Path) -> Path:
    """A CNN of another version than the default: its card names another source."""
    folder = tmp_path / "another"
    shutil.copytree(artifact_folder, folder)
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "source": "another machine"}))
    return folder


@pytest.fixture(autouse=True)
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_files, "DEPLOYED", tmp_path / "deployed")
    return tmp_path / "deployed"


@pytest.fixture
def deploy(target: Target, tmp_path: Path) -> Iterator[Deploy]:
    """Put a stack in place that says what a deployed one says of its CNN."""
    s3, cloudformation = target.client("s3"), target.client("cloudformation")

    def deploy(artifact: Path) -> None:
        (tmp_path / "environment.tar.gz").write_bytes(b"packed")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        version = upload(s3, BUCKET, RunFiles(tmp_path / "environment.tar.gz", artifact)).artifact
        outputs = {"ArtifactsBucket": {"Value": BUCKET}, "ArtifactVersion": {"Value": version}}
        queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
        cloudformation.create_stack(
            StackName=f"fruits-{STAGE}", TemplateBody=json.dumps({"Resources": queue, "Outputs": outputs})
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=f"fruits-{STAGE}")

    yield deploy
    cloudformation.delete_stack(StackName=f"fruits-{STAGE}")
    for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=one["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def chosen(target: Target, given: Path | None = None) -> Path:
    return run_files.artifact(target, STAGE, given, SilentSteps())


def test_a_new_stack_takes_the_default_or_the_one_that_is_named(
    target: Target, artifact_folder: Path, another: Path
) -> None:
    assert chosen(target) == artifact_folder
    assert chosen(target, another) == another


def test_a_deployed_stack_keeps_its_cnn_though_the_default_is_another(
    target: Target, deploy: Deploy, another: Path, fetched: Path
) -> None:
    deploy(another)

    kept = chosen(target)

    assert kept.parent == fetched
    assert artifact_version(kept) == artifact_version(another)
    assert chosen(target) == kept  # and is fetched once


def test_a_deployed_stack_changes_its_cnn_where_another_one_is_named(
    target: Target, deploy: Deploy, artifact_folder: Path, another: Path
) -> None:
    deploy(another)

    assert chosen(target, artifact_folder) == artifact_folder


def test_a_stack_of_the_default_fetches_nothing(
    target: Target, deploy: Deploy, artifact_folder: Path, fetched: Path
) -> None:
    deploy(artifact_folder)

    assert chosen(target) == artifact_folder
    assert not fetched.exists()


def test_a_folder_that_is_no_cnn_is_refused(target: Target, tmp_path: Path) -> None:
    with pytest.raises(GiveUp):
        chosen(target, tmp_path / "nothing")
