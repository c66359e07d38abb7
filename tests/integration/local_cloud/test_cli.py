import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
import typer.main
from typer.testing import CliRunner

from contracts.errors import GiveUp, RetryLater
from infra.cli import refit
from infra.cli.main import app
from infra.local import cloud

HEAVY = ("tensorflow", "keras", "pyspark", "matplotlib", "boto3", "numpy", "PIL", "pandas", "pyarrow")


def _commands(command: Any, path: tuple[str, ...] = ("fruits",)) -> Iterator[tuple[str, ...]]:
    children = getattr(command, "commands", None)  # typer brings a click of its own: its classes are private
    if children is None:
        yield path
    else:
        for name, child in children.items():
            yield from _commands(child, (*path, name))


OF_NO_STACK = ("backbone", "demo", "environment", "local", "photos", "prices")
COMMANDS = sorted(_commands(typer.main.get_command(app)))


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, arguments)
    return result.exit_code, result.output


def test_the_commands_are_those_of_the_readme() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        "fruits demo", "fruits photos", "fruits local up", "fruits local down", "fruits local status",
        "fruits local logs", "fruits local prepare", "fruits upload", "fruits status", "fruits refit",
        "fruits redrive", "fruits logs", "fruits doctor",
        "fruits maintain", "fruits repair", "fruits model list", "fruits model show", "fruits model compare",
        "fruits export",
        "fruits backbone export", "fruits backbone verify", "fruits environment build", "fruits environment check",
        "fruits environment sources",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_teaches_it_by_an_example(path: tuple[str, ...]) -> None:
    code, output = _run(*path[1:], "--help")
    assert code == 0
    assert f"Example: {' '.join(path)}" in output


@pytest.mark.parametrize("path", [path for path in COMMANDS if path[1] not in OF_NO_STACK], ids=" ".join)
def test_each_command_about_a_stack_can_be_told_which(path: tuple[str, ...]) -> None:
    _, output = _run(*path[1:], "--help")
    for option in ("--stage", "--region", "--profile", "--state-dir"):
        assert option in output


@pytest.mark.parametrize("path", [(), ("local",), ("backbone",), ("environment",), ("model",)], ids=" ".join)
def test_a_group_alone_shows_its_commands(path: tuple[str, ...]) -> None:
    _, output = _run(*path)
    assert "Usage" in output
    assert "Commands" in output


def test_help_is_there_at_once_as_no_heavy_library_is_imported() -> None:
    program = "import sys; import infra.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)
    assert "typer" in loaded


def test_an_unknown_command_is_a_usage_error_that_names_the_known_ones() -> None:
    code, output = _run("lokal")
    assert code == 2
    assert "lokal" in output


def test_photos_are_made_and_the_outcomes_to_expect_are_shown(tmp_path: Path) -> None:
    code, output = _run("photos", str(tmp_path), "--count", "31", "--seed", "5")
    assert code == 0
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 31
    assert "features" in output
    assert "rejection: empty" in output


def test_the_local_cloud_goes_up_tells_its_status_and_goes_down(tmp_path: Path) -> None:
    where = ("--state-dir", str(tmp_path))
    try:
        code, output = _run("local", "up", "--port", "0", "--no-deploy", *where)
        assert code == 0
        running = cloud.status(tmp_path)
        assert running is not None
        assert f"export AWS_ENDPOINT_URL={running.endpoint}" in output
        assert _run("local", "status", *where) == (
            0,
            f"The local cloud answers at {running.endpoint} (process {running.pid}).\n"
            "What is deployed in it: fruits status\n",
        )
    finally:
        code, output = _run("local", "down", *where)
    assert (code, output) == (0, "The local cloud is down.\n")
    assert _run("local", "status", *where)[0] == 1
    assert _run("local", "down", *where) == (0, "No local cloud was running.\n")


def test_an_error_raised_on_purpose_is_a_message_and_an_exit_code_and_no_traceback(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, output = _run("local", "up", "--port", str(port), "--state-dir", str(tmp_path))
    assert code == GiveUp.exit_code
    assert f"port {port} is used by" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("words", [("status",), ("model", "list"), ("refit",)], ids=" ".join)
def test_a_cloud_that_no_longer_answers_is_a_message_and_no_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        born = psutil.Process(process.pid).create_time()
        silent = cloud.LocalCloud(port, process.pid, born, str(tmp_path / "cloud.log"))
        (tmp_path / "cloud.json").write_text(json.dumps(asdict(silent)))
        code, output = _run(*words, "--state-dir", str(tmp_path))
        process.kill()
    assert code == RetryLater.exit_code
    assert "does not answer any more" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("words", [("photos", "{file}", "--count", "3"), ("demo", "--limit", "20", "--out", "{file}")])
def test_a_file_in_the_place_of_a_folder_is_a_message_and_no_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    code, output = _run(*(word.format(file=tmp_path / "taken") for word in words))
    assert code == GiveUp.exit_code
    assert "cannot be the folder to write into" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_tidies_up(number: signal.Signals) -> None:
    program = (
        "import signal\nfrom infra.cli.signals import end_as_at_ctrl_c\nend_as_at_ctrl_c()\n"
        "try:\n    print('waits', flush=True)\n    signal.pause()\n"
        "except KeyboardInterrupt:\n    pass\nfinally:\n    print('tidied up')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(number)
        assert process.stdout.read() == "tidied up\n"


@pytest.mark.parametrize(
    "words",
    [("refit",), ("refit", "--full", "--no-wait"), ("maintain",), ("model", "list"), ("model", "show"),
     ("model", "show", "3", "--to", "x"), ("model", "compare", "1")],
    ids=" ".join,
)  # fmt: skip
def test_without_a_cloud_the_error_says_how_to_get_one(words: tuple[str, ...], tmp_path: Path) -> None:
    code, output = _run(*words, "--state-dir", str(tmp_path))
    assert code == GiveUp.exit_code
    assert "fruits local up" in output
    assert "Traceback" not in output


def test_a_number_of_components_below_one_is_a_usage_error() -> None:
    code, output = _run("refit", "--k", "0")
    assert code == 2
    assert "--k" in output


def test_only_what_was_asked_for_is_sent_so_that_a_refit_without_options_is_the_schedule_s() -> None:
    assert refit.payload_of(full=False, k=None, standardize=False) == {}
    assert refit.payload_of(full=True, k=50, standardize=False) == {"full": True, "k": 50}
