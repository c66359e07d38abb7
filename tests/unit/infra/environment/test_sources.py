"""Debian's sources: which mirror, which files, and what to say when a mirror has moved on."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import GiveUp
from infra.emr.environment import debian
from infra.emr.environment.debian import Apt, mirror_of, offered_files, sources_list
from infra.emr.environment.fetching import fetch_sources, moved_on, wrong_files
from infra.emr.environment.inputs import LIBRARIES, PYTHON, Source, Sources, compiled_key, read_sources

ZLIB = Source("zlib", "1:1.2.13", "Zlib", {"zlib_1.2.13.orig.tar.gz": hashlib.sha256(b"zlib").hexdigest()})
PINNED = Sources("bookworm", date(2026, 11, 27), (ZLIB,))


@pytest.mark.parametrize(
    ("text", "mirror"),
    [
        ("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm", "http://mirror.example/debian"),
        ("# deb http://old.example/debian x main\ndeb [arch=amd64] https://m.example/debian/ bookworm main",
         "https://m.example/debian"),
        ("URIs: http://m.example/debian-security", None),
        ("deb https://other.example/tools stable main", None),
    ],
)  # fmt: skip
def test_the_machine_s_own_mirror_is_taken_and_its_security_archive_is_not(text: str, mirror: str | None) -> None:
    assert mirror_of(["", text]) == mirror


def test_what_a_mirror_offers_is_told_without_signatures() -> None:
    said = "\n".join(
        f"'http://m/{name}' {name} 12 SHA256:{'ab' * 32}" for name in ("a.dsc", "a.orig.tar.gz", "a.orig.tar.gz.asc")
    )

    assert offered_files(f"Reading package lists…\n{said}\n") == {"a.orig.tar.gz": "ab" * 32}


def test_apt_verifies_what_it_fetches_by_debian_s_keys() -> None:
    assert f"Signed-By: {debian.KEYRING}\n" in sources_list("http://m/debian", ["bookworm"])


def test_all_that_is_built_is_pinned_with_version_licence_and_hashes() -> None:
    pinned = {source.name: source for source in read_sources().packages}

    assert set(pinned) == {*LIBRARIES, PYTHON}
    for source in pinned.values():
        assert source.version
        assert source.licence
        assert len(source.files) == 2
        assert all(len(sha256) == 64 for sha256 in source.files.values())


def test_a_mirror_that_moved_on_is_an_error_that_says_how_to_go_on() -> None:
    said = moved_on(ZLIB, {"zlib_1.3.orig.tar.gz": "00"}, "http://m/debian", PINNED)

    assert "zlib 1:1.2.13, which is pinned; it offers: zlib_1.3.orig.tar.gz" in said
    assert "fruits environment sources" in said
    assert "--mirror" in said
    assert "2026-11-27" in said


def test_a_file_counts_when_its_bytes_are_those_pinned(tmp_path: Path) -> None:
    (name,) = ZLIB.files
    assert wrong_files(ZLIB.files, tmp_path) == [name]

    (tmp_path / name).write_bytes(b"zlib")
    assert wrong_files(ZLIB.files, tmp_path) == []

    (tmp_path / name).write_bytes(b"another")
    assert wrong_files(ZLIB.files, tmp_path) == [name]


def test_sources_that_are_there_need_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / next(iter(ZLIB.files))).write_bytes(b"zlib")

    fetch_sources(PINNED, tmp_path)


def test_a_machine_without_apt_is_sent_to_the_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(GiveUp, match=r"no apt-get.*infra/emr/environment/container/README.md"):
        fetch_sources(PINNED, tmp_path)


def test_a_machine_without_a_debian_mirror_is_told_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apt-get").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(debian, "_MACHINE", tmp_path)
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "apt-get")

    with pytest.raises(GiveUp, match="--mirror URL"):
        Apt.of_machine(tmp_path, None, ("bookworm",))
    assert Apt.of_machine(tmp_path, "http://m/debian", ("bookworm",)).mirror == "http://m/debian"


def test_architectures_are_compiled_apart() -> None:
    assert compiled_key("x86_64") != compiled_key("aarch64")
