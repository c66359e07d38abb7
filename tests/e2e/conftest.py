"""The whole stack, deployed from `template.yaml` into a local cloud, once for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import stack
from infra.local.cloud import LocalCloud
from infra.local.pipeline import Pipeline

# Small batches at once: these tests are about the path, not about how long anything waits.
PARAMETERS = {"BatchTarget": "10", "BatchMax": "20", "MaxWaitMinutes": "0", "MaxConcurrentRuns": "1"}


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.started(tmp_path_factory.mktemp("stack")) as cloud:
        stack.deploy(cloud, tmp_path_factory.mktemp("sam") / "sam.log", PARAMETERS)
        yield cloud


@pytest.fixture(scope="session")
def pipeline(deployed: LocalCloud, artifact_folder: Path) -> Pipeline:
    found = stack.find(deployed)
    pipeline = Pipeline(deployed, found)
    stack.publish(pipeline.s3, found, artifact_folder)
    return pipeline
