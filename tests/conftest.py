"""What several folders of tests share: the exported model and a running local cloud."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from infra.emr.environment import built
from infra.emr.environment.building import build
from infra.emr.environment.debian import UnavailableError
from infra.local.cloud import LocalCloud
from infra.locks import hold_lock
from infra.steps import SilentSteps
from spark_app.network.artifact import CARD
from spark_app.network.backbones import artifact_name

hypothesis.settings.register_profile("fruits", deadline=None)  # no promise of speed: other work may run beside
hypothesis.settings.load_profile("fruits")

ROOT = Path(__file__).resolve().parents[1]
ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()


LONGEST = (
    "tests/e2e/",
    "tests/integration/spark/test_packed",
    "tests/releases/",
    "tests/contract/test_real",
    "tests/i",
)
"""Where files of minutes are. They begin first: one that begins last leaves the other process without work."""


@pytest.hookimpl(trylast=True)  # behind pytest-randomly, whose order stays within each of these
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that take long before the others."""

    def place(item: pytest.Item) -> int:
        return next((n for n, prefix in enumerate(LONGEST) if item.nodeid.startswith(prefix)), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def artifact_folder() -> Path:
    """The default artifact, exported once and kept: building the network takes half a minute."""
    with hold_lock(ARTIFACT.parent / "lock"):  # else each of the tests' processes would
        if not (ARTIFACT / CARD).exists():
            from spark_app.network.backbone import ExportRequest
            from spark_app.network.litert_export import export_to

            export_to(ExportRequest(), ARTIFACT)
    return ARTIFACT


@pytest.fixture(scope="session")
def packed_environment() -> Path:
    """This checkout's packed Python for this machine, built once and kept: minutes the first time."""
    arch = platform.machine()
    try:
        build(arch, os.cpu_count() or 2, SilentSteps())
    except UnavailableError as error:
        pytest.skip(f"the packed environment cannot be built here: {error}")
    path = built(arch)
    assert path is not None
    return path


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A real local cloud on a free port."""
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that any S3 of ours accepts, where our client looks for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """What a job can `hold` on; to open it for writing lets the job go on."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path
