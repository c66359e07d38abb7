"""Archives: named by their bytes, found again by what they were made from, and the same bytes from the same files."""

import hashlib
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import GiveUp
from infra.emr.environment import archives, inputs
from infra.emr.environment.archives import Archive
from infra.emr.environment.check.checking import unpack
from infra.emr.environment.compiling import neutral
from infra.emr.environment.folders import cache_dir
from infra.emr.environment.licences import BUNDLED, Licence, of_library, of_metadata
from infra.emr.environment.packing import pack

DATA = b"an archive"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "uv.lock").write_text("locked")
    return tmp_path


def described(project: Path) -> Archive:
    key = inputs.assembled_key("x86_64", project)
    needs, packages, licences = {"GLIBC": "2.28"}, {"numpy": "2.4.6"}, ({"name": "numpy"},)
    return Archive("x86_64", SHA256, len(DATA), 20, "0" * 64, key, needs, "3.11.2", "3.0.20", packages, licences, "me")


def put(archive: Archive, folder: Path) -> Path:
    (folder / archive.arch).mkdir(parents=True, exist_ok=True)
    (folder / archive.arch / f"{archive.sha256}.json").write_text(archive.to_json())
    (folder / archive.arch / archive.name).write_bytes(DATA)
    return folder / archive.arch / archive.name


def test_an_archive_of_this_checkout_is_found_and_its_version_is_its_sha256(project: Path, tmp_path: Path) -> None:
    path = put(described(project), tmp_path / "out")

    assert archives.built("x86_64", tmp_path / "out", project) == path
    assert archives.version(path) == SHA256
    assert archives.record("x86_64", tmp_path / "out", project) == described(project)


def test_none_is_found_for_another_lock_another_architecture_or_without_the_bytes(
    project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    path = put(described(project), out)

    assert archives.built("aarch64", out, project) is None
    path.write_bytes(b"half")
    assert archives.built("x86_64", out, project) is None
    path.write_bytes(DATA)
    (project / "uv.lock").write_text("another lock")
    assert archives.built("x86_64", out, project) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"arch": "x86_64", "licences": []}'])
def test_a_record_of_another_checkout_is_passed_over(text: str, project: Path, tmp_path: Path) -> None:
    path = put(described(project), tmp_path / "out")
    (path.parent / "0.json").write_text(text)

    assert archives.built("x86_64", tmp_path / "out", project) == path


def test_an_archive_whose_bytes_are_not_those_of_its_name_is_refused(project: Path, tmp_path: Path) -> None:
    path = put(replace(described(project), sha256="0" * 64), tmp_path)

    with pytest.raises(GiveUp, match="damaged or renamed"):
        archives.version(path)


def folder(root: Path, umask: int, age: int) -> Path:
    for name, mode in (("bin/python3.11", 0o755), ("lib/a.py", 0o644), ("lib/b.py", 0o644)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode & ~umask)
        os.utime(path, (age, age))
    (root / "bin/python").symlink_to("python3.11")
    return root


def test_the_same_files_give_the_same_bytes_whatever_their_times_and_the_umask(tmp_path: Path) -> None:
    one, other = tmp_path / "one.tar.gz", tmp_path / "other.tar.gz"

    assert pack(folder(tmp_path / "a", 0o022, 1), one) == pack(folder(tmp_path / "b", 0o077, 2), other)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as packed:
        assert [(m.name, oct(m.mode)) for m in packed] == [
            (".", "0o755"), ("./bin", "0o755"), ("./bin/python", "0o777"), ("./bin/python3.11", "0o755"),
            ("./lib", "0o755"), ("./lib/a.py", "0o644"), ("./lib/b.py", "0o644"),
        ]  # fmt: skip


def test_red_twin_another_byte_gives_another_archive(tmp_path: Path) -> None:
    same = folder(tmp_path / "a", 0o022, 1)
    before = pack(same, tmp_path / "x")
    (same / "lib/b.py").write_text("lib/c.py")

    assert pack(same, tmp_path / "x") != before


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    "out",
    [member("../x"), member("/etc/x"), member("a/../../x"), member("l", tarfile.SYMTYPE, "../x"),
     member("l", tarfile.SYMTYPE, "/etc"), member("h", tarfile.LNKTYPE, "x"), member("d", tarfile.FIFOTYPE)],
    ids=lambda made: f"{made.name}-{made.type.decode()}",
)  # fmt: skip
def test_an_archive_that_would_write_elsewhere_is_refused_before_it_writes(
    out: tarfile.TarInfo, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as packed:
        packed.addfile(member("first"))
        packed.addfile(out)

    with pytest.raises(GiveUp, match="outside the folder"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "environment")
    assert not (tmp_path / "environment").exists()


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b\x08\x00cut"])
def test_what_is_no_archive_is_a_message(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(data)

    with pytest.raises(GiveUp, match="fruits environment build"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "environment")


def test_sysconfig_forgets_where_it_was_built() -> None:
    told = "-I/w/deps/include -L/w/deps/lib -lz --with-openssl=/w/deps '--with-build-python=/v/bin/python' -O3"

    assert neutral(told, ["/w", "/v/bin/python"]) == (
        "-lz --with-openssl=/environment '--with-build-python=/environment' -O3"
    )
    assert neutral(3, ["/w"]) == 3


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ("License-Expression: MIT-CMU\nLicense: other", "MIT-CMU"),
        ("License: BSD\nClassifier: License :: OSI Approved :: MIT License", "BSD"),
        (f"License: {'all of the words ' * 20}\nClassifier: License :: OSI Approved :: MIT License", "MIT License"),
        ("Classifier: Programming Language :: Python", "not said"),
    ],
)
def test_a_package_s_licence_is_what_its_metadata_says(headers: str, licence: str) -> None:
    assert of_metadata(f"Name: x\nVersion: 1\n{headers}\n\nText", "t").licence == licence


def test_a_library_that_a_wheel_brings_is_listed_by_its_own_licence() -> None:
    x265 = of_library("libx265-4883ecb5.so.217", "pillow_heif.libs")
    fortran = of_library("libgfortran-040039e1-0352e75f.so.5.0.0", "numpy.libs")

    assert x265 == Licence("libx265", "217", "GPL-2.0-or-later", "pillow_heif.libs")
    assert fortran == Licence("libgfortran", "5.0.0", BUNDLED["libgfortran"], "numpy.libs")
    assert of_library("__init__.py", "numpy.libs") is None


def test_the_cache_is_where_the_jars_are(tmp_path: Path) -> None:
    assert cache_dir({"FRUITS_CACHE": str(tmp_path)}) == tmp_path / "environment"
    assert cache_dir({"XDG_CACHE_HOME": "/c"}) == Path("/c/fruits/environment")
    assert json.dumps(str(cache_dir({}))).endswith('.cache/fruits/environment"')
