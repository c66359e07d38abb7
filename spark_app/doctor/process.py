"""What this process is: its Python, its packages, its libraries. A driver looks at itself, and so does a worker."""

import ctypes
import importlib
import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spark_app.doctor.machine import memory_limit

WORKER_PACKAGES: Mapping[str, str] = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "numpy": "numpy",
    "obstore": "obstore",
    "pandas": "pandas",
    "pillow": "PIL.Image",
    "pillow-heif": "pillow_heif",
    "pyarrow": "pyarrow",
}
"""What a worker imports, by the package's name: the groups of `pyproject.toml`, which a test holds these to."""
DRIVER_PACKAGES: Mapping[str, str] = {**WORKER_PACKAGES, "fastjsonschema": "fastjsonschema", "matplotlib": "matplotlib"}

_GLIBCXX = re.compile(rb"GLIBCXX_(\d+)\.(\d+)\.(\d+)\0")


def python() -> dict[str, Any]:
    """Return the version, the prefix and the machine of this Python."""
    return {"version": platform.python_version(), "prefix": sys.prefix, "machine": platform.machine()}


def packages(wanted: Mapping[str, str]) -> dict[str, str]:
    """Import each package; return its version, or `failed: …` with the error."""
    return {name: _imported(name, module) for name, module in wanted.items()}


def libraries() -> dict[str, str | None]:
    """Return the version of glibc, and the highest GLIBCXX that the libstdc++ in this process has."""
    glibc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else None
    ctypes.CDLL("libstdc++.so.6")
    loaded = _loaded("libstdc++.so", Path("/proc/self/maps").read_text().splitlines())
    return {"glibc": glibc, "glibcxx": highest_glibcxx(loaded.read_bytes()) if loaded else None}


def highest_glibcxx(library: bytes) -> str | None:
    """Return the highest version name `GLIBCXX_x.y.z` in a library's bytes. Pure."""
    found = [tuple(map(int, match.groups())) for match in _GLIBCXX.finditer(library)]
    return ".".join(map(str, max(found))) if found else None


def aws_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables of AWS. Their values are never looked at. Pure."""
    return sorted(name for name in environment if name.startswith("AWS_"))


def worker(_: object) -> dict[str, Any]:
    """Return what a worker is. It runs there."""
    return {
        **python(),
        "packages": packages(WORKER_PACKAGES),
        "memory_limit_bytes": memory_limit(),
        "aws_variables": aws_variables(os.environ),
    }


def _imported(name: str, module: str) -> str:
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  an extension may fail in any way, and the others are looked at all the same
        return f"failed: {type(error).__name__}: {error}"[:200]
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # an archive may leave out what tells it
        return "of unknown version"


def _loaded(name: str, maps: Iterable[str]) -> Path | None:
    """Return the file of a library in the lines of /proc/self/maps. Pure."""
    files = (line.rpartition(" ")[2] for line in maps)
    return next((Path(file) for file in files if f"/{name}" in file), None)
