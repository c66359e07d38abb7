"""What an archive must be, decided from what was seen in it. Pure."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from infra.emr.environment.check.contents import ElfFile, Seen

LIMITS: Mapping[str, str] = MappingProxyType({"GLIBC": "2.34", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15"})
"""What Amazon Linux 2023 offers: glibc 2.34, and since its 2023.7 (2025-03-31) the C++ runtime of GCC 14."""
OFFERED = re.compile(r"(ld-linux-.*|lib(c|m|dl|rt|util|pthread|mvec)|libgcc_s|libstdc\+\+|libz)\.so\.\d+")
"""The libraries that Amazon Linux 2023 has: glibc's, GCC's runtimes, and zlib."""
REFUSED = MappingProxyType(
    {
        "pyspark": "EMR brings its own",
        "py4j": "EMR brings its own",
        "tensorflow": "executors run LiteRT",
        "tensorflow_cpu": "executors run LiteRT",
        "keras": "executors run LiteRT",
        "boto3": "the jobs reach S3 by obstore",
        "botocore": "the jobs reach S3 by obstore",
    }
)
"""What must not be inside, and why: it costs start-up, or would hide what EMR brings."""
_VERSION = re.compile(r"([A-Z]+)_(\d[\d.]*)")


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest version of a family of symbols, and the file that needs it."""

    version: str
    file: str


def highest(elves: Iterable[ElfFile]) -> dict[str, Highest]:
    """Return the highest version that is needed of each family in `LIMITS`."""
    found: dict[str, Highest] = {}
    for file in elves:
        for family, version in _versions(file):
            if family not in found or _numbers(version) > _numbers(found[family].version):
                found[family] = Highest(version, file.path)
    return dict(sorted(found.items()))


def from_machine(seen: Seen) -> list[str]:
    """Return the libraries that are needed and not in the archive, sorted."""
    own = {posixpath.basename(file.path) for file in seen.elves}
    return sorted({name for file in seen.elves for name in file.elf.needed} - own)


def wrong(seen: Seen, arch: str) -> list[str]:
    """Return all that is wrong with an archive, a sentence each; none if it may be deployed."""
    foreign = [name for name in from_machine(seen) if not OFFERED.fullmatch(name)]
    return [
        *(found for file in seen.elves for found in _wrong_file(file, arch)),
        *(f"{name} is needed, and neither in the archive nor on Amazon Linux 2023" for name in foreign),
        *(f"{path} names a folder of this machine: {named}" for path, named in seen.traces),
        *(f"{path} cannot be read as an ELF file: {why}" for path, why in seen.unreadable),
        *(f"{name} must not be inside: {REFUSED[name]}" for name in sorted(seen.packages & set(REFUSED))),
        *([] if seen.licences else ["it has no list of licences"]),
    ]


def _wrong_file(file: ElfFile, arch: str) -> Iterator[str]:
    if file.elf.machine != arch:
        yield f"{file.path} is for {file.elf.machine}, not for {arch}"
    for family, version in _versions(file):
        if _numbers(version) > _numbers(LIMITS[family]):
            yield f"{file.path} needs {family}_{version}; Amazon Linux 2023 has {LIMITS[family]}"
    for version in file.elf.versions:
        if version.startswith("GLIBC_") and not _VERSION.fullmatch(version):
            yield f"{file.path} needs {version}, which is no public version of glibc 2.34"  # such as GLIBC_ABI_DT_RELR
    for path in file.elf.search_paths:
        if leads_out(file.path, path):
            yield f"{file.path} looks for libraries in {path}, which leads out of the archive"


def leads_out(file: str, search_path: str) -> bool:
    """Whether a search path of a file of the archive leads out of it. Both as in the file; the file's is relative."""
    origin = re.match(r"\$(ORIGIN|\{ORIGIN\})(?=/|$)", search_path)
    if origin is None:
        return True
    inside = posixpath.join("environment", posixpath.dirname(file), f".{search_path[origin.end() :]}")
    return posixpath.normpath(inside).split("/")[0] != "environment"


def _versions(file: ElfFile) -> Iterator[tuple[str, str]]:
    for version in file.elf.versions:
        if (found := _VERSION.fullmatch(version)) and found[1] in LIMITS:
            yield found[1], found[2]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
