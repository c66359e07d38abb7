"""The doctor's probes: an outcome whatever happens, names of variables and never values, facts read from files."""

import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.jobs.probes import Probe
from spark_app.doctor import access, machine, process, spark_facts
from spark_app.doctor.probing import LONGEST_MESSAGE, TIMED_OUT, described, look_at
from spark_app.stores.credentials import FULL_URI, KEY_ID

ROOT = Path(__file__).resolve().parents[3]


def _fails() -> None:
    raise ValueError("no such\n  thing")


def test_a_probe_that_fails_has_its_error_and_the_others_their_values() -> None:
    found = look_at([(Probe.PYTHON, lambda: 1), (Probe.DISK, _fails), (Probe.CLOCK, lambda: None)])

    assert [(name, one.value, one.error) for name, one in found.items()] == [
        ("python", 1, None), ("disk", None, "ValueError: no such thing"), ("clock", None, None),
    ]  # fmt: skip


def test_a_probe_that_hangs_is_left_to_itself() -> None:
    never, before = threading.Event(), set(threading.enumerate())
    found = look_at([(Probe.PYTHON, never.wait), (Probe.DISK, lambda: 2)], within=0.01)
    left = set(threading.enumerate()) - before
    never.set()

    assert [thread.daemon for thread in left] == [True]  # it keeps no process alive

    assert str(found["python"].error).startswith(TIMED_OUT)
    assert found["disk"].value == 2


def test_a_message_is_one_line_and_cut() -> None:
    assert described(ValueError("a\n b")) == "ValueError: a b"
    assert len(described(ValueError("x" * 10_000))) == LONGEST_MESSAGE


def test_variables_are_named_and_their_values_never_looked_at() -> None:
    class Blind(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            raise AssertionError(f"the value of {name} was asked for")

    names = Blind({"AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "r", "PATH": "p"})
    assert process.aws_variables(names) == ["AWS_REGION", "AWS_SECRET_ACCESS_KEY"]


def test_the_packages_are_those_of_the_locked_groups() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]

    def named(group: str) -> set[str]:
        return {one.partition("==")[0] for one in groups[group] if isinstance(one, str)}

    assert set(process.WORKER_PACKAGES) == named("worker")
    assert set(process.DRIVER_PACKAGES) == named("worker") | named("driver")


def test_a_package_that_cannot_be_imported_is_named_beside_those_that_can() -> None:
    found = process.packages({"numpy": "numpy", "nowhere": "no_such_package", "no-such-package": "json"})

    assert found["numpy"][0].isdigit()
    assert found["nowhere"] == "failed: ModuleNotFoundError: No module named 'no_such_package'"
    assert found["no-such-package"] == "of unknown version"


def test_the_highest_name_of_a_library_is_by_number_and_not_by_letter() -> None:
    names = b"\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.4\0GLIBCXX_TUNABLES\0"
    assert process.highest_glibcxx(names) == "3.4.30"
    assert process.highest_glibcxx(b"nothing") is None


def test_this_machine_has_both_libraries() -> None:
    found = process.libraries()
    assert str(found["glibc"]).startswith("glibc 2.")
    assert str(found["glibcxx"]).startswith("3.4.")


@pytest.mark.parametrize(
    ("texts", "limit"),
    [((None, "4294967296\n"), 1 << 32), (("max\n", None), None), ((None, str((1 << 63) - 4096)), None),
     (("2147483648", "1"), 1 << 31), ((None, None), None)],
)  # fmt: skip
def test_a_container_s_limit_is_read_from_either_version_of_cgroups(
    texts: tuple[str | None, ...], limit: int | None, tmp_path: Path
) -> None:
    files = tuple(tmp_path / str(number) for number in range(len(texts)))
    for file, text in zip(files, texts, strict=True):
        if text is not None:
            file.write_text(text)

    assert machine.memory_limit(files) == limit


def test_the_age_of_a_process_counts_from_its_start_even_where_its_name_has_blanks() -> None:
    stat = f"7 (a b) c) S {' '.join(['0'] * 18)} 4200 0 0"
    assert machine.process_age(stat, "100.25 7.0", 100) == 58.25


def test_jars_are_listed_and_a_missing_folder_is_none(tmp_path: Path) -> None:
    for name in ("b.jar", "a.jar", "c.txt"):
        (tmp_path / name).touch()
    assert machine.jars(tmp_path) == ["a.jar", "b.jar"]
    assert machine.jars(tmp_path / "nowhere") is None


def test_credentials_say_where_they_come_from_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    answer = {"access_key_id": "AKIA", "secret_access_key": "s", "token": "t", "expires_at": now + timedelta(hours=1)}
    monkeypatch.setattr(access, "container_credentials", lambda _: lambda: answer)
    assert access.python_credentials({}, lambda: now) == {"source": FULL_URI, "good_for_seconds": 3600}

    monkeypatch.setattr(access, "container_credentials", lambda _: None)
    assert access.python_credentials({KEY_ID: "AKIA"}, lambda: now)["source"] == KEY_ID
    assert access.python_credentials({}, lambda: now)["source"] == "the chain of obstore"


class FakeSpark:
    """A context whose executors register one a look."""

    def __init__(self, asked: str, master: str = "spark://x") -> None:
        self.conf = {"spark.executor.instances": asked, "spark.master": master}
        self.registered: Iterator[int] = iter(range(100))
        self.sparkContext: Any = self
        self.defaultParallelism = 4
        self._jsc: Any = self

    def getConf(self) -> dict[str, str]:  # noqa: N802  Spark's names
        return self.conf

    def sc(self) -> Any:
        return self

    def getExecutorMemoryStatus(self) -> Any:  # noqa: N802
        number = next(self.registered)
        return type("Status", (), {"size": lambda _: number + 1})()


@pytest.mark.parametrize(
    ("asked", "master", "within", "registered", "seconds"),
    [("3", "spark://x", 60.0, 3, 1.5), ("9", "spark://x", 1.0, 2, 1.0), ("3", "local[2,4]", 60.0, 0, 0.0)],
)
def test_executors_are_waited_for_until_all_are_there_or_time_is_up(
    asked: str, master: str, within: float, registered: int, seconds: float
) -> None:
    time = [0.0]
    spark: Any = FakeSpark(asked, master)

    found = spark_facts.settled_executors(
        spark, {"registered": 0, "parallelism": 2}, within, lambda: time[0], lambda more: time.append(time.pop() + more)
    )

    assert (found["last"]["registered"], found["seconds"]) == (registered, seconds)
    assert found["first"] == {"registered": 0, "parallelism": 2}
