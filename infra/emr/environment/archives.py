"""Archives that were built: each named by the SHA-256 of its bytes, with a small JSON beside it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr.environment import folders, inputs
from infra.emr.package import file_version

SUFFIX = ".tar.gz"
_NAMED = re.compile(r"[0-9a-f]{64}\.tar\.gz")


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive is: its JSON."""

    arch: str
    sha256: str
    size_bytes: int
    unpacked_bytes: int
    tar_sha256: str
    """Of the tar inside: it does not depend on the compressing machine's zlib."""
    inputs: str
    """The key of what it was made from (`inputs.assembled_key`)."""
    needs: Mapping[str, str]
    """The highest symbol version that any file asks of glibc (`GLIBC`) and libstdc++ (`GLIBCXX`)."""
    python: str
    openssl: str
    packages: Mapping[str, str]
    licences: tuple[Mapping[str, str], ...]
    built_by: str
    """The Python whose compiler made the modules' bytecode, and the zlib that compressed."""

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.sha256}{SUFFIX}"

    def to_json(self) -> str:
        """Return the text of the JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Archive":
        """Read such a text. Raises ValueError or TypeError for another one."""
        told = json.loads(text)
        return cls(**{**told, "licences": tuple(told["licences"])})


def built(arch: str, folder: Path = folders.ARCHIVES, project: Path = inputs.ROOT) -> Path | None:
    """Return the archive that was built from this checkout's lock and pinned inputs; None if there is none yet."""
    found = record(arch, folder, project)
    return folder / arch / found.name if found else None


def record(arch: str, folder: Path = folders.ARCHIVES, project: Path = inputs.ROOT) -> Archive | None:
    """Return what `built` found, as its JSON says."""
    key = inputs.assembled_key(arch, project)
    for path in sorted((folder / arch).glob("*.json")):
        try:
            archive = Archive.from_json(path.read_text())
        except (ValueError, TypeError, KeyError):
            continue  # of an older checkout: it stands for nothing of today
        packed = folder / arch / archive.name
        if archive.inputs == key and packed.is_file() and packed.stat().st_size == archive.size_bytes:
            return archive
    return None


def version(path: Path) -> str:
    """Return an archive's version: the SHA-256 of its bytes, which is its name.

    Raises:
        GiveUp: its bytes are not those of its name.
    """
    sha256 = file_version(path)
    if _NAMED.fullmatch(path.name) and path.name != f"{sha256}{SUFFIX}":
        raise GiveUp(f"{path} has the SHA-256 {sha256}: it is damaged or renamed. Remove it and build it again.")
    return sha256
