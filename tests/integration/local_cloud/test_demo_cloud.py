"""The demo takes a cloud of its own, and none that is somebody else's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from contracts.errors import GiveUp
from infra.demo.story import own_cloud
from infra.local.cloud import LocalCloud


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LocalCloud]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield LocalCloud(4566, process.pid, psutil.Process(process.pid).create_time(), str(tmp_path / "cloud.log"))
        process.kill()


def test_a_demo_that_is_to_be_kept_does_not_mix_with_a_stack_that_runs(tmp_path: Path, running: LocalCloud) -> None:
    (tmp_path / "cloud.json").write_text(json.dumps(asdict(running)))
    with pytest.raises(GiveUp, match="fruits local down"), own_cloud(True, tmp_path):
        pass


def test_a_demo_does_not_take_over_what_an_earlier_one_left(tmp_path: Path, running: LocalCloud) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "cloud.json").write_text(json.dumps(asdict(running)))
    with pytest.raises(GiveUp, match=f"--state-dir {tmp_path / 'demo'}"), own_cloud(False, tmp_path):
        pass
