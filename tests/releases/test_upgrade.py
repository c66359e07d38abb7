"""A deployed stack is given the other release and goes on with its table and its model, and then goes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.jobs.emr_release import EMR_7_14, EMR_SPARK_8_1, Release
from contracts.jobs.names import Kind
from infra.deployment import smoke
from infra.local import deploy
from infra.local.cloud import LocalCloud
from infra.ops import models, scheduled_jobs
from infra.ops.pipeline import Pipeline
from tests.e2e.story import rows
from tests.fakes.steps import Recorded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path / "stack") as cloud:
        yield cloud


def test_a_stack_changes_its_release_and_back_and_goes_on_with_the_same_table_and_model(
    cloud: LocalCloud, artifact_folder: Path, tmp_path: Path
) -> None:
    files = deploy.files_here(artifact_folder)

    def five_more_rows_and_a_refit(release: Release) -> tuple[int, str, str]:
        parameters = {**deploy.PARAMETERS, "MaxWaitMinutes": "0", "ReleaseLabel": release.label}
        stack = deploy.deploy(cloud.target(), tmp_path / "sam.log", files, parameters)
        pipeline = Pipeline(cloud.target(), stack)
        uploaded = smoke.upload_photos(pipeline, Recorded())
        assert smoke.wait_for_rows(pipeline, uploaded, Recorded(), within=900) == {"features": smoke.PHOTOS}
        result = scheduled_jobs.trigger(pipeline, Kind.REFIT, {})
        assert scheduled_jobs.wait(pipeline, result, lambda _: None, within=600).state == "SUCCESS"
        (application,) = cloud.target().client("emr-serverless").list_applications()["applications"]
        mode = models.open_models(cloud.target(), stack).card().mode
        return sum(rows(cloud, pipeline).values()), application["releaseLabel"], mode

    assert five_more_rows_and_a_refit(EMR_7_14) == (5, EMR_7_14.label, "full")
    assert five_more_rows_and_a_refit(EMR_SPARK_8_1) == (10, EMR_SPARK_8_1.label, "incremental")
    assert five_more_rows_and_a_refit(EMR_7_14) == (15, EMR_7_14.label, "incremental")
