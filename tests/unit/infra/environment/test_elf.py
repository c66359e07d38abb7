"""The reader of ELF files tells what a file asks of the machine, and refuses what it cannot read."""

import pytest

from infra.emr.environment.check import elf
from tests.unit.infra.environment.elf_files import elf_file


def test_it_tells_the_machine_the_libraries_the_search_paths_and_the_versions() -> None:
    of_libc, of_runtime = ("libc.so.6", ["GLIBC_2.17", "GLIBC_2.28"]), ("libstdc++.so.6", ["GLIBCXX_3.4.22"])
    data = elf_file(
        "aarch64", ["libc.so.6", "libstdc++.so.6"], "$ORIGIN/../lib:$ORIGIN", versions=[of_libc, of_runtime]
    )

    assert elf.read(data) == elf.Elf(
        "aarch64",
        ("libc.so.6", "libstdc++.so.6"),
        ("$ORIGIN/../lib", "$ORIGIN"),
        ("GLIBCXX_3.4.22", "GLIBC_2.17", "GLIBC_2.28"),
    )


def test_it_reads_the_older_rpath_too() -> None:
    assert elf.read(elf_file(rpath="/opt/lib")).search_paths == ("/opt/lib",)


def test_a_file_without_a_dynamic_section_asks_for_nothing() -> None:
    alone = bytearray(elf_file("riscv"))
    alone[56:58] = b"\0\0"  # no segments

    assert elf.read(bytes(alone)) == elf.Elf("machine 243")


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF\x01\x01" + bytes(60), b"#!/bin/sh\n"], ids=["empty", "32-bit", "script"]
)
def test_what_is_no_64_bit_elf_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a 64-bit"):
        elf.read(data)


@pytest.mark.parametrize("length", [20, 100, 180, 200])
def test_a_file_that_is_cut_off_is_refused_and_not_taken_for_a_harmless_one(length: int) -> None:
    whole = elf_file(needed=["libc.so.6"], versions=[("libc.so.6", ["GLIBC_2.38"])])

    with pytest.raises(ValueError, match=r"cut off|subsection not found"):
        elf.read(whole[:length])
