"""From an upload to its row, with executors that are processes of their own and unpack the archive themselves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import deploy
from infra.local.cloud import LocalCloud
from infra.ops import stack
from infra.ops.pipeline import Pipeline
from tests.e2e.conftest import PARAMETERS
from tests.e2e.story import ids, rows, settled, uploaded

pytestmark = pytest.mark.slow


@pytest.fixture
def cloud(artifact_folder: Path, tmp_path: Path) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path / "stack", more={"EMR_SERVERLESS_MASTER": "cluster"}) as cloud:
        deploy.deploy(cloud.target(), tmp_path / "sam.log", deploy.files_here(artifact_folder), PARAMETERS)
        yield cloud


def test_photos_become_rows_in_executors_that_have_nothing_of_the_drivers(
    cloud: LocalCloud, photos: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few" / "kiwi"
    few.mkdir(parents=True)
    for file in sorted(photos.rglob("*.jpg"))[:3]:
        shutil.copy(file, few / f"{file.parent.name}-{file.name}")
    pipeline = Pipeline(cloud.target(), stack.find(cloud.target()))

    photos_sent = uploaded(pipeline, tmp_path / "few")
    state = settled(pipeline, len(photos_sent))

    assert rows(cloud, pipeline) == ids(photos_sent)
    assert [run.state for batch in state.batches for run in batch.runs] == ["SUCCESS"]
