"""Jobs of the local EMR Serverless as processes: how they end, and that nothing of them is left."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from infra.local.emr_serverless.machine.runner import SupervisedProcess, SupervisedRunner
from infra.local.emr_serverless.rules.ports import Exit, Launch
from tests.contract.emr import STAND_IN, eventually


def start(
    folder: Path, *words: str, command: Sequence[str] = (sys.executable, str(STAND_IN), "job.py")
) -> SupervisedProcess:
    launch = Launch([*command, *words], {"PATH": os.defpath}, folder, folder / "stdout", folder / "stderr")
    return SupervisedRunner().start(launch)


def child_of(folder: Path) -> psutil.Process:
    eventually((folder / "pid").exists, "the job's child")
    return psutil.Process(int((folder / "pid").read_text()))


def supervisor_of(child: psutil.Process) -> psutil.Process:
    return next(process for process in child.parents() if "supervisor.py" in " ".join(process.cmdline()))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("code", [0, 3, 143])
def test_the_exit_code_is_the_jobs(tmp_path: Path, code: int) -> None:
    assert start(tmp_path, "say", "hello", "fail", str(code)).wait() == Exit(code)
    assert (tmp_path / "stdout").read_text() == "hello\n"


def test_a_job_killed_by_a_signal_is_a_failure_of_its_own(tmp_path: Path, fifo: Path) -> None:
    process = start(tmp_path, "leave-a-child", str(tmp_path / "pid"), "hold", str(fifo))
    job = child_of(tmp_path).parent()
    assert job is not None
    job.kill()
    assert process.wait() == Exit(137)


def test_what_a_job_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    process = start(tmp_path, "leave-a-child", str(tmp_path / "pid"), "wait-for", str(tmp_path / "pid"))
    child = child_of(tmp_path)
    assert process.wait() == Exit(0)
    assert gone(child)


def test_told_to_end_by_somebody_else_it_ends_all_and_says_that_it_was_not_the_job(tmp_path: Path, fifo: Path) -> None:
    process = start(tmp_path, "be-deaf", "", "leave-a-child", str(tmp_path / "pid"), "hold", str(fifo))
    child = child_of(tmp_path)
    supervisor_of(child).terminate()
    assert process.wait().from_outside
    assert gone(child)


def test_stopped_twice_it_ends_once(tmp_path: Path, fifo: Path) -> None:
    process = start(tmp_path, "leave-a-child", str(tmp_path / "pid"), "hold", str(fifo))
    child = child_of(tmp_path)
    process.stop(0)
    process.stop(15)
    assert process.wait() == Exit(137)
    assert gone(child)


def test_a_command_that_does_not_exist_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    assert start(tmp_path, command=["/no/such/spark-submit"]).wait() == Exit(127)
    assert "/no/such/spark-submit cannot be started" in (tmp_path / "stderr").read_text()
