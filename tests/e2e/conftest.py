"""The whole stack, deployed from `template.yaml` into a local cloud, once for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import deploy
from infra.local.cloud import LocalCloud
from infra.ops import stack
from infra.ops.pipeline import Pipeline
from infra.samples.make import write_samples
from tests.release import RELEASE

# Small batches at once: these tests are about the path, not about how long anything waits.
PARAMETERS = {
    "BatchTarget": "10",
    "BatchMax": "20",
    "MaxWaitMinutes": "0",
    "MaxConcurrentRuns": "1",
    "ReleaseLabel": RELEASE.label,
}


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
def deployed(state_dir: Path, artifact_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    files = deploy.files_here(artifact_folder)
    with LocalCloud.start(state_dir) as cloud:
        deploy.deploy(cloud.target(), tmp_path_factory.mktemp("sam") / "sam.log", files, PARAMETERS)
        yield cloud


@pytest.fixture(scope="session")
def pipeline(deployed: LocalCloud) -> Pipeline:
    return Pipeline(deployed.target(), stack.find(deployed.target()))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples of 30 fruits, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("photos") / "all"
    for _ in write_samples(folder, 36, seed=3):
        pass
    (folder / "Banana").mkdir(exist_ok=True)
    (folder / "Banana" / "broken.jpg").write_bytes(b"this is no photo")
    return folder
