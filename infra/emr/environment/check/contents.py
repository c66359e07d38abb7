"""Look at every file of an unpacked archive: what the rules decide from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.emr.environment.check import elf
from infra.emr.environment.check.elf import Elf
from infra.emr.environment.licences import Licence, read_licences

SITE = "lib/python3.11/site-packages"


@dataclass(frozen=True, slots=True)
class ElfFile:
    """An ELF file, by its path in the archive."""

    path: str
    elf: Elf


@dataclass(slots=True)
class Seen:
    """What is in an archive."""

    files: int = 0
    size_bytes: int = 0
    elves: list[ElfFile] = field(default_factory=list)
    traces: list[tuple[str, str]] = field(default_factory=list)
    """Files that name a folder of this machine, and the folder."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    packages: set[str] = field(default_factory=set)
    """Names of top-level packages and of distributions, in small letters with `_`."""
    licences: list[Licence] = field(default_factory=list)


def look(root: Path, folders_of_machine: Sequence[str]) -> Seen:
    """Look at all files of an unpacked archive, and for the paths of these folders in their bytes."""
    seen = Seen(packages=names_of([path.name for path in (root / SITE).glob("*")]), licences=read_licences(root))
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            _look_at(str(path.relative_to(root)), path.read_bytes(), folders_of_machine, seen)
    return seen


def names_of(entries: Sequence[str]) -> set[str]:
    """Return the names of the packages that entries of `site-packages` stand for. Pure."""
    names = (re.sub(r"(-[^-]*)?\.(dist-info|egg-info)$|\.py$|\..*\.so$", "", entry) for entry in entries)
    return {re.sub(r"[-.]+", "_", name).lower() for name in names}


def _look_at(path: str, data: bytes, folders_of_machine: Sequence[str], seen: Seen) -> None:
    seen.files += 1
    seen.size_bytes += len(data)
    if data.startswith(elf.MAGIC):
        try:
            seen.elves.append(ElfFile(path, elf.read(data)))
        except ValueError as error:
            seen.unreadable.append((path, str(error)))
    seen.traces.extend((path, folder) for folder in folders_of_machine if folder.encode() in data)
