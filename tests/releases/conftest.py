"""Both releases at work side by side on one warehouse, each in a process of its own Python."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts.jobs.emr_release import EMR_7_14, EMR_SPARK_8_1, Release
from infra.local.emr_jobs import SPARK4
from tests.release import RELEASE

ROOT = Path(__file__).resolve().parents[2]
PYTHON = {EMR_7_14.label: ROOT / ".venv" / "bin" / "python", EMR_SPARK_8_1.label: SPARK4 / "bin" / "python"}
ANSWER = "answer "
# They need both Sparks, so they are part of `make test-spark4` alone.
collect_ignore_glob = ["test_*"] if RELEASE == EMR_7_14 else []


class Spark:
    """A release at work: each method of `child.Acts` is one of its."""

    def __init__(self, release: Release, process: "subprocess.Popen[str]", log: Path) -> None:
        self.release, self._process, self._log = release, process, log

    def __getattr__(self, name: str) -> Any:
        def act(*arguments: Any) -> Any:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps([name, arguments]) + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                if line.startswith(ANSWER):
                    return json.loads(line.removeprefix(ANSWER))
            raise AssertionError(f"{self.release.label} died in {name}:\n{self._log.read_text()[-4000:]}")

        return act


@contextmanager
def at_work(release: Release, folder: Path) -> Iterator[Spark]:
    """Lend a release at work on the gallery of a folder."""
    environment = {**os.environ, "FRUITS_RELEASE": release.label, "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"}
    log = folder / f"{release.label}.log"
    command = [str(PYTHON[release.label]), "-m", "tests.releases.child", str(folder)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        yield Spark(release, process, log)


@pytest.fixture(
    params=[(EMR_7_14, EMR_SPARK_8_1), (EMR_SPARK_8_1, EMR_7_14)], ids=lambda pair: f"{pair[0].label} makes the table"
)
def sparks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Spark, Spark]]:
    """Two releases on one folder. The first makes the table."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(at_work(release, tmp_path)) for release in request.param)
        assert [first.version(), second.version()] == [release.spark for release in request.param]
        yield first, second
