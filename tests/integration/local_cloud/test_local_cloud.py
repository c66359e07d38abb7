import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from contracts.errors import GiveUp
from infra.local import cloud as local_cloud_module
from infra.local import processes
from infra.local.cloud import LocalCloud, down, healthy, status, up


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state folder of the test's own; whatever the test leaves running in it is ended."""
    yield tmp_path
    down(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_an_object_comes_back_with_its_bytes_and_its_metadata(local_cloud: LocalCloud) -> None:
    s3 = local_cloud.target().client("s3")
    s3.create_bucket(Bucket="round-trip", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="round-trip", Key="uploads/me/a.jpg", Body=b"pixels", Metadata={"label": "Apple Braeburn"})
    answer = s3.get_object(Bucket="round-trip", Key="uploads/me/a.jpg")
    assert answer["Body"].read() == b"pixels"
    assert answer["Metadata"] == {"label": "Apple Braeburn"}


def test_a_glue_database_that_was_created_is_listed(local_cloud: LocalCloud) -> None:
    glue = local_cloud.target().client("glue")
    glue.create_database(DatabaseInput={"Name": "orchard"})
    assert "orchard" in {database["Name"] for database in glue.get_databases()["DatabaseList"]}


def test_it_listens_on_this_machine_only_and_on_one_port_only(local_cloud: LocalCloud) -> None:
    listening = [
        connection.laddr
        for connection in psutil.Process(local_cloud.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert [tuple(address) for address in listening] == [("127.0.0.1", local_cloud.port)]


def test_it_sees_none_of_our_aws_settings(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    environment = psutil.Process(up(state_dir, port=0).pid).environ()
    assert "PATH" in environment
    assert not {name for name in environment if name.startswith("AWS_")}


def test_up_twice_is_one_cloud(state_dir: Path) -> None:
    first = up(state_dir, port=0)
    assert up(state_dir, port=0) == first
    assert up(state_dir, port=first.port) == first
    assert status(state_dir) == first


def test_up_on_another_port_while_one_runs_says_how_to_stop_it(state_dir: Path) -> None:
    running = up(state_dir, port=0)
    with pytest.raises(GiveUp, match=r"runs already, on port \d+: `fruits local down --state-dir .*`"):
        up(state_dir, port=running.port + 1)


def test_down_leaves_no_process_and_frees_the_port(state_dir: Path) -> None:
    running = up(state_dir, port=0)
    process = psutil.Process(running.pid)
    assert down(state_dir)
    assert not process.is_running()
    assert status(state_dir) is None
    assert not healthy(running)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", running.port))


def test_down_when_nothing_runs_is_no_error(state_dir: Path) -> None:
    assert not down(state_dir)


def test_leaving_the_with_by_an_error_stops_the_cloud(state_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), LocalCloud.start(state_dir) as running:
        raise ZeroDivisionError
    assert processes.alive(running.pid, running.born) is None


def test_down_ends_what_the_cloud_started_too_even_what_ignores_being_asked() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()  # the grandchild is up, and deaf
        process = psutil.Process(started.pid)
        family = [(member.pid, member.create_time()) for member in (process, *process.children(recursive=True))]
        assert len(family) == 2
        processes.end(process, grace_seconds=0.5)
        assert [processes.alive(pid, born) for pid, born in family] == [None, None]


def test_a_port_in_use_is_named_with_its_user_and_a_way_out(state_dir: Path, taken_port: int) -> None:
    with pytest.raises(GiveUp) as refused:
        up(state_dir, taken_port)
    assert f"port {taken_port} is used by" in str(refused.value)
    assert str(os.getpid()) in str(refused.value)
    assert "--port" in str(refused.value)
    assert status(state_dir) is None


def test_the_state_of_a_cloud_that_died_counts_as_none_and_the_next_up_starts_anew(state_dir: Path) -> None:
    first = up(state_dir, port=0)
    processes.end(psutil.Process(first.pid))  # as a crash would: the state file stays
    assert (state_dir / "cloud.json").exists()
    assert status(state_dir) is None
    second = up(state_dir, port=0)
    assert second.pid != first.pid
    assert healthy(second)


def test_a_stale_pid_that_belongs_to_somebody_else_now_is_never_ended(state_dir: Path) -> None:
    """Red twin: with the right birth time the same process counts as ours."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        born = psutil.Process(bystander.pid).create_time()
        state = {"port": 1, "pid": bystander.pid, "born": born - 3600, "log": "log"}
        (state_dir / "cloud.json").write_text(json.dumps(state))
        assert not down(state_dir)
        assert bystander.poll() is None
        assert processes.alive(bystander.pid, born) is not None
        assert bystander.stdin is not None
        bystander.stdin.close()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_state_file_counts_as_none(state_dir: Path, content: str) -> None:
    (state_dir / "cloud.json").write_text(content)
    assert status(state_dir) is None
    assert not down(state_dir)


def test_a_cloud_that_ends_while_starting_shows_its_last_words(state_dir: Path) -> None:
    broken = state_dir / "python"
    broken.write_text("#!/bin/sh\necho 'ministack is not what it was'\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(GiveUp, match="ministack is not what it was"):
        up(state_dir, port=0, python=broken)
    assert not (state_dir / "cloud.json").exists()


def test_without_its_environment_the_error_names_the_set_up(state_dir: Path) -> None:
    with pytest.raises(GiveUp, match="make setup"):
        up(state_dir, port=0, python=state_dir / "nowhere")


def test_ministack_is_the_pinned_one() -> None:
    asked = "import importlib.metadata as m; print(m.version('ministack'))"
    python = str(local_cloud_module.PYTHON)
    assert shutil.which(python)
    version = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    pinned = (local_cloud_module.ROOT / "infra/local/ministack/pyproject.toml").read_text()
    assert f'"ministack=={version}"' in pinned
