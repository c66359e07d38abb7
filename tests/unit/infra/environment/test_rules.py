"""What an archive must be: one that is right passes, and each way to be wrong is found by name."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.emr.environment.check.contents import SITE, look, names_of
from infra.emr.environment.check.rules import from_machine, highest, leads_out, wrong
from tests.unit.infra.environment.elf_files import elf_file

MODULE = f"{SITE}/numpy/core.so"
LICENCE = '[{"name": "numpy", "version": "2", "licence": "BSD-3-Clause", "texts": "t"}]'
GOOD = elf_file(
    needed=["libc.so.6", "libown.so"], runpath="$ORIGIN/../numpy.libs", versions=[("libc.so.6", ["GLIBC_2.28"])]
)


def unpacked(folder: Path, *more: tuple[str, bytes]) -> Path:
    """An archive as it should be, and what a test puts into it."""
    files = {MODULE: GOOD, f"{SITE}/numpy.libs/libown.so": elf_file(), "licences/licences.json": LICENCE.encode()}
    for name, data in {**files, **dict(more)}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def found(root: Path, folders: Sequence[str] = ("/home/someone/fruits",)) -> list[str]:
    return wrong(look(root, folders), "x86_64")


def test_an_archive_that_needs_what_amazon_linux_has_is_right(tmp_path: Path) -> None:
    seen = look(unpacked(tmp_path), ["/home/someone/fruits"])

    assert wrong(seen, "x86_64") == []
    assert from_machine(seen) == ["libc.so.6"]
    assert {family: of.version for family, of in highest(seen.elves).items()} == {"GLIBC": "2.28"}
    assert [one.name for one in seen.licences] == ["numpy"]


@pytest.mark.parametrize(
    ("library", "version", "allowed"),
    [("libc.so.6", "GLIBC_2.35", "2.34"), ("libstdc++.so.6", "GLIBCXX_3.4.34", "3.4.33"),
     ("libstdc++.so.6", "CXXABI_1.3.16", "1.3.15")],
)  # fmt: skip
def test_red_twin_a_symbol_too_new_is_found(library: str, version: str, allowed: str, tmp_path: Path) -> None:
    root = unpacked(tmp_path, (MODULE, elf_file(needed=[library], versions=[(library, [version])])))

    assert found(root) == [f"{MODULE} needs {version}; Amazon Linux 2023 has {allowed}"]


def test_versions_are_numbers_and_not_texts(tmp_path: Path) -> None:
    newest = elf_file(versions=[("libstdc++.so.6", ["GLIBCXX_3.4.9", "GLIBCXX_3.4.30"])])
    seen = look(unpacked(tmp_path, (MODULE, newest)), [])

    assert highest(seen.elves)["GLIBCXX"].version == "3.4.30"
    assert wrong(seen, "x86_64") == []


def test_red_twin_a_mark_of_a_newer_loader_is_found_though_it_has_no_number(tmp_path: Path) -> None:
    root = unpacked(tmp_path, (MODULE, elf_file(versions=[("libc.so.6", ["GLIBC_ABI_DT_RELR"])])))

    assert found(root) == [f"{MODULE} needs GLIBC_ABI_DT_RELR, which is no public version of glibc 2.34"]


def test_red_twin_a_file_for_another_machine_is_found(tmp_path: Path) -> None:
    assert found(unpacked(tmp_path, (MODULE, elf_file("aarch64")))) == [f"{MODULE} is for aarch64, not for x86_64"]


@pytest.mark.parametrize("path", ["/usr/local/lib", "$ORIGIN/../../../../../..", "lib", ".", "$ORIGINAL/lib"])
def test_red_twin_a_search_path_that_leads_out_is_found(path: str, tmp_path: Path) -> None:
    root = unpacked(tmp_path, (MODULE, elf_file(rpath=f"$ORIGIN:{path}")))

    assert found(root) == [f"{MODULE} looks for libraries in {path}, which leads out of the archive"]


@pytest.mark.parametrize("path", ["$ORIGIN", "${ORIGIN}/lib", "$ORIGIN/../x.libs", "$ORIGIN/../../../../lib"])
def test_a_search_path_within_the_archive_is_right(path: str) -> None:
    assert not leads_out(MODULE, path)


def test_red_twin_a_folder_of_the_building_machine_is_found_in_any_file(tmp_path: Path) -> None:
    root = unpacked(tmp_path, ("lib/x.pyc", b"\0\1/home/someone/fruits/build/x.py"))

    assert found(root) == ["lib/x.pyc names a folder of this machine: /home/someone/fruits"]
    assert found(root, ["/home/another"]) == []


@pytest.mark.parametrize(
    "entry",
    [
        "boto3/__init__.py",
        "boto3-1.44.5.dist-info/METADATA",
        "pyspark/__init__.py",
        "tensorflow_cpu-2.21.0.dist-info/METADATA",
    ],
)
def test_red_twin_a_package_that_must_not_be_inside_is_found(entry: str, tmp_path: Path) -> None:
    (sentence,) = found(unpacked(tmp_path, (f"{SITE}/{entry}", b"")))

    assert "must not be inside" in sentence


def test_red_twin_a_library_that_is_nowhere_is_found(tmp_path: Path) -> None:
    root = unpacked(tmp_path, (MODULE, elf_file(needed=["libodbc.so.2"])))

    assert found(root) == ["libodbc.so.2 is needed, and neither in the archive nor on Amazon Linux 2023"]


def test_red_twin_an_elf_file_that_cannot_be_read_is_found(tmp_path: Path) -> None:
    assert "cannot be read" in found(unpacked(tmp_path, (MODULE, GOOD[:100])))[0]


def test_red_twin_an_archive_without_licences_is_found(tmp_path: Path) -> None:
    (unpacked(tmp_path) / "licences/licences.json").unlink()

    assert found(tmp_path) == ["it has no list of licences"]


def test_packages_are_known_by_their_folders_their_files_and_their_metadata() -> None:
    entries = ["PIL", "six.py", "_pillow_heif.cpython-311-x86_64-linux-gnu.so", "python_dateutil-2.9.0.dist-info"]

    assert names_of(entries) == {"pil", "six", "_pillow_heif", "python_dateutil"}
