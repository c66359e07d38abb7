"""A stack is put in place and taken down, and its data outlive it or go, as was asked.

`test_readme_deploy.py` sees photos become rows, and puts a stack in place again over its data.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.deployment import plan, smoke
from infra.deployment.deploy import Deployment, deploy
from infra.deployment.destroy import TakeDown, destroy
from infra.deployment.leftovers import leftovers
from infra.deployment.sam import Sam
from infra.deployment.stack_status import Standing
from infra.local import deploy as local
from infra.local.cloud import LocalCloud
from infra.ops.pipeline import Pipeline
from infra.ops.target import Target
from tests.fakes.steps import Recorded

pytestmark = pytest.mark.slow


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with LocalCloud.start(tmp_path) as cloud:
        yield cloud.target()


@pytest.fixture
def asked(target: Target, artifact_folder: Path) -> Deployment:
    return Deployment(target, "dev", local.files_here(artifact_folder), local.PARAMETERS)


@pytest.fixture
def sam(tmp_path: Path) -> Sam:
    return Sam(tmp_path / "sam.log")


def test_a_stack_is_deployed_twice_and_taken_down_and_its_data_stay_until_they_are_to_go(
    asked: Deployment, sam: Sam
) -> None:
    take_down = TakeDown(asked.target, "dev")
    assert plan.plan(asked).standing is Standing.ABSENT

    smoke.upload_photos(Pipeline(asked.target, deploy(asked, sam, Recorded())), Recorded())
    assert plan.plan(asked).empty
    deploy(asked, sam, Recorded())  # the same again changes nothing
    destroy(take_down, Recorded())
    assert take_down.stack.status() is None
    destroy(take_down, Recorded())  # taking down what is down is no error

    assert len(plan.plan(asked).adopted) == 6
    destroy(TakeDown(asked.target, "dev", data=True), Recorded())
    assert [one.name for one in leftovers(asked.target, "dev")] == ["fruits-deployment-000000000000-eu-west-3"]
