"""The packed Python of this machine: it passes its check, is the same from another folder, and hides nothing."""

import os
import platform
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from infra.emr.environment import archives, folders, inputs
from infra.emr.environment.building import package
from infra.emr.environment.check import elf
from infra.emr.environment.check.checking import check, unpack
from infra.emr.environment.check.systems import system_for
from infra.emr.environment.compiling import interpreter
from infra.steps import SilentSteps

READELF = shutil.which("readelf") or ""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def unpacked(packed_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("unpacked") / "environment"
    unpack(packed_environment, root)
    return root


def site(name: str) -> str:
    return f"lib/python3.11/site-packages/{name}"


def test_it_runs_moved_with_an_empty_environment_and_under_an_older_glibc(packed_environment: Path) -> None:
    checked = check(packed_environment, platform.machine(), elsewhere=True)

    assert checked.wrong == ()
    assert len(checked.seen.elves) > 200
    assert checked.trials[0].not_run is None
    assert system_for(checked.arch, platform.machine()) is None or checked.trials[1].told or checked.trials[1].not_run


def test_red_twin_what_was_put_in_afterwards_is_found(unpacked: Path, tmp_path: Path) -> None:
    changed = tmp_path / "environment"
    for part in ("bin", "lib/python3.11"):
        shutil.copytree(
            unpacked / part, changed / part, symlinks=True, ignore=shutil.ignore_patterns("fastjsonschema*")
        )
    (changed / site("boto3")).mkdir()
    (changed / site("trace.py")).write_text(f"where = {str(inputs.ROOT)!r}\n")
    with tarfile.open(tmp_path / "changed.tar.gz", "w:gz", compresslevel=1) as packed:
        packed.add(changed, ".")

    said = "\n".join(check(tmp_path / "changed.tar.gz").wrong)

    for sentence in (
        "boto3 must not be inside",
        "trace.py names a folder",
        "no list of licences",
        "fastjsonschema fails",
    ):
        assert sentence in said


def test_another_folder_gives_the_same_bytes(packed_environment: Path, tmp_path: Path) -> None:
    arch, cache = platform.machine(), folders.cache_dir(os.environ)
    compiled = interpreter(arch, cache, 2, SilentSteps())

    again = package(compiled, arch, SilentSteps(), tmp_path / "elsewhere", inputs.ROOT, cache)

    assert again == archives.record(arch)
    assert (tmp_path / "elsewhere" / arch / again.name).read_bytes() == packed_environment.read_bytes()


@pytest.mark.skipif(not READELF, reason="binutils are not on this machine")
def test_our_reader_of_elf_files_tells_what_readelf_tells(unpacked: Path) -> None:
    files = [path for path in sorted(unpacked.rglob("*")) if path.is_file() and not path.is_symlink()]
    elves = {path: data for path in files if (data := path.read_bytes()).startswith(elf.MAGIC)}

    assert len(elves) > 200
    assert {path.name: told_by_readelf(path) for path in elves} == {
        path.name: (set(found.needed), set(found.search_paths), set(found.versions))
        for path, found in ((path, elf.read(data)) for path, data in elves.items())
    }


def told_by_readelf(path: Path) -> tuple[set[str], set[str], set[str]]:
    """NEEDED, search paths, and needed versions."""
    told = subprocess.run([READELF, "-W", "-d", "-V", path], capture_output=True, text=True, check=True).stdout
    needs = told.partition("Version needs section")[2]
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", told)
    return (
        set(re.findall(r"\(NEEDED\).*\[(.*)\]", told)),
        {part for path in paths for part in path.split(":") if part},
        set(re.findall(r"Name: (\S+)", needs)),
    )
