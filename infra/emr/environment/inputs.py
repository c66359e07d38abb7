"""What an archive is made from, all of it pinned, and the keys under which results are kept.

A key is a SHA-256 over the inputs of a step: the same key, the same bytes, so the step need not be done again.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCES = HERE / "sources.toml"
TOOLS = HERE / "tools.txt"
ARCHITECTURES = ("x86_64", "aarch64")
"""As the kernel calls them; EMR Serverless says X86_64 and ARM64."""
LIBRARIES = ("zlib", "bzip2", "expat", "xz-utils", "libffi", "openssl")
"""The C libraries that CPython is linked with, in the order in which they are built."""
PYTHON = "python3.11"
"""Debian's name of the interpreter's source package."""
_SHAPING = ("assembling.py", "licences.py", "packing.py")
"""The modules that decide the archive's bytes, beside the interpreter."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Debian source package: its version, its licence in SPDX's words, and the SHA-256 of each of its files."""

    name: str
    version: str
    licence: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sources:
    """All of them, the Debian release that they are of, and a day on which Debian's mirrors offered them."""

    suite: str
    offered: date
    packages: tuple[Source, ...]


def read_sources(path: Path = SOURCES) -> Sources:
    """Read the pinned sources."""
    told = tomllib.loads(path.read_text())
    packages = (Source(name, **of) for name, of in told["sources"].items())
    return Sources(told["suite"], told["offered"], tuple(packages))


def compiled_key(arch: str) -> str:
    """Return the key of the compiled interpreter."""
    code = [HERE / "toolchain.py", HERE / "compiling.py", *sorted((HERE / "recipes").iterdir())]
    return _key([arch], [SOURCES, TOOLS, *code])


def assembled_key(arch: str, project: Path = ROOT) -> str:
    """Return the key of the archive: the interpreter, the project's lock, and the code that puts them together."""
    return _key([compiled_key(arch)], [*(HERE / name for name in _SHAPING), project / "uv.lock"])


def tools_key() -> str:
    """Return the key of the tools that build."""
    return _key([], [TOOLS])


def _key(words: Iterable[str], files: Iterable[Path]) -> str:
    lines = [*words, *(f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}" for path in files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
