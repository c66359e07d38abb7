import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import GiveUp, RetryLater
from infra.local import ivy, jars
from infra.local.jars import ICEBERG, Jar, cache_dir, iceberg_jars

CONTENT = b"PK\x05\x06" + bytes(18)  # an empty zip: a jar to everybody
TINY = Jar("org.orchard:tiny:1.0", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))

POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>org.orchard</groupId><artifactId>tiny</artifactId><version>1.0</version></project>"""
IVY_SETTINGS = """<ivysettings><settings defaultResolver="mirror"/><resolvers>
<ibiblio name="mirror" m2compatible="true" root="{root}"/></resolvers></ivysettings>"""


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A Maven repository in a folder, with one tiny jar."""
    folder = tmp_path / "mirror" / "org" / "orchard" / "tiny" / "1.0"
    folder.mkdir(parents=True)
    (folder / "tiny-1.0.pom").write_text(POM)
    (folder / "tiny-1.0.jar").write_bytes(CONTENT)
    return tmp_path / "mirror"


@pytest.fixture
def environ(tmp_path: Path, mirror: Path) -> dict[str, str]:
    """An environment whose only repository is the mirror, with a cache of its own."""
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(IVY_SETTINGS.format(root=mirror.as_uri()))
    return {**os.environ, "FRUITS_CACHE": str(tmp_path / "cache"), "FRUITS_IVY_SETTINGS": str(settings)}


def _files(environ: Mapping[str, str]) -> list[str]:
    return sorted(path.name for path in cache_dir(environ).iterdir() if path.name != ".lock")


def test_a_jar_comes_by_coordinates_and_then_from_the_cache_without_any_network(
    environ: dict[str, str], mirror: Path
) -> None:
    progress: list[tuple[int, int]] = []
    (path,) = iceberg_jars(environ, jars=[TINY], on_progress=lambda done, total: progress.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert {total for _, total in progress} == {len(CONTENT)}
    shutil.rmtree(mirror)  # "offline": the second run cannot ask anybody
    assert iceberg_jars(environ, jars=[TINY]) == [path]
    assert _files(environ) == ["tiny-1.0.jar"]


def test_other_bytes_than_the_pinned_are_refused_and_not_kept(environ: dict[str, str]) -> None:
    with pytest.raises(GiveUp, match="is pinned: nothing was kept"):
        iceberg_jars(environ, jars=[replace(TINY, sha256="0" * 64)])
    assert _files(environ) == []


def test_offline_the_error_says_what_was_wanted_why_it_failed_and_what_to_do(
    environ: dict[str, str], mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "TRIES", 1)
    shutil.rmtree(mirror)
    with pytest.raises(RetryLater) as refused:
        iceberg_jars(environ, jars=[TINY])
    message = str(refused.value)
    assert "org.orchard:tiny:1.0" in message
    assert "not found" in message
    assert "DEFAULT_ARTIFACT_REPOSITORY" in message
    assert _files(environ) == []


def test_a_damaged_jar_in_the_cache_is_fetched_again(environ: dict[str, str]) -> None:
    folder = cache_dir(environ)
    folder.mkdir(parents=True)
    (folder / TINY.file_name).write_bytes(CONTENT[:-1] + b"\x01")  # the right size, one bit off
    (folder / ".download-of-a-killed-run").mkdir()
    (path,) = iceberg_jars(environ, jars=[TINY])
    assert path.read_bytes() == CONTENT
    assert _files(environ) == ["tiny-1.0.jar"]


Resolve = Callable[[Sequence[str], Path, Mapping[str, str], bool, Callable[[int], None]], tuple[str, dict[str, Path]]]


def _scripted(*logs: str) -> tuple[Resolve, list[bool]]:
    """Stand in for a network that fails with each log in turn and then delivers; notes whom Java trusted each time."""
    left, trusted = list(logs), list[bool]()

    def resolve(
        coordinates: Sequence[str],
        folder: Path,
        _: Mapping[str, str],
        trust_machine: bool,
        on_progress: Callable[[int], None],
    ) -> tuple[str, dict[str, Path]]:
        trusted.append(trust_machine)
        half = folder / "half.jar.part"
        half.write_bytes(CONTENT[:3])
        on_progress(3)
        if left:
            return left.pop(0), {}
        whole = half.rename(folder / "whole.jar")
        whole.write_bytes(CONTENT)
        return "", {coordinates[0]: whole}

    return resolve, trusted


def test_a_download_that_breaks_off_is_tried_again_and_leaves_no_half_file(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, trusted = _scripted("Connection reset", "Connection reset")
    monkeypatch.setattr(ivy, "resolve", resolve)
    (path,) = iceberg_jars(environ, jars=[TINY])
    assert path.read_bytes() == CONTENT
    assert _files(environ) == ["tiny-1.0.jar"]
    assert trusted == [False, False, False]


def test_after_an_unknown_authority_java_is_given_those_that_the_machine_trusts(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, trusted = _scripted("SSLHandshakeException: PKIX path building failed: no valid path")
    monkeypatch.setattr(ivy, "resolve", resolve)
    iceberg_jars(environ, jars=[TINY])
    assert trusted == [False, True]


def test_after_the_last_try_it_is_an_error_and_nothing_is_left(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, trusted = _scripted(*["Connection reset"] * jars.TRIES)
    monkeypatch.setattr(ivy, "resolve", resolve)
    with pytest.raises(RetryLater, match="Connection reset"):
        iceberg_jars(environ, jars=[TINY])
    assert len(trusted) == jars.TRIES
    assert _files(environ) == []


def test_the_cache_is_shared_by_every_checkout_and_can_be_moved() -> None:
    assert cache_dir({}) == Path.home() / ".cache" / "fruits" / "jars"
    assert cache_dir({"XDG_CACHE_HOME": "/srv/cache"}) == Path("/srv/cache/fruits/jars")
    assert cache_dir({"FRUITS_CACHE": "/srv/fruits", "XDG_CACHE_HOME": "/srv/cache"}) == Path("/srv/fruits/jars")


def test_the_pinned_jars_of_iceberg_are_those_in_the_cache() -> None:
    paths = iceberg_jars()
    assert [path.name for path in paths] == [
        "iceberg-spark-runtime-3.5_2.12-1.10.1.jar",
        "iceberg-aws-bundle-1.10.1.jar",
    ]
    assert [path.stat().st_size for path in paths] == [jar.size_bytes for jar in ICEBERG]
