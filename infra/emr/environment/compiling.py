"""Compile the interpreter by the recipes of `recipes/`, once for each architecture and set of pinned inputs."""

import os
import shutil
import sys
from pathlib import Path

from infra.emr.environment import folders, inputs, toolchain
from infra.emr.environment.commands import run
from infra.emr.environment.compilers import clean, write_compilers
from infra.emr.environment.fetching import fetch_sources
from infra.emr.environment.neutral import neutralise
from infra.steps import Steps

DEBIAN = "debian"
"""In the cache: the sources' files."""


def interpreter(arch: str, cache: Path, jobs: int, steps: Steps, mirror: str | None = None) -> Path:
    """Return the folder of the compiled interpreter: `environment`, and `licences` beside it. Compile it if need be.

    Raises:
        GiveUp: a source cannot be had, or does not build; an interrupted build goes on where it was.
    """
    key = inputs.compiled_key(arch)[:16]
    done, work = cache / f"python-{arch}-{key}", cache / f"work-{arch}-{key}"
    with folders.locked(cache / f"lock-{arch}"):
        if not done.is_dir():
            _compile(arch, cache, work, jobs, steps, mirror)
            neutralise(work / "install" / "environment", [str(work), sys.executable])
            shutil.move(work / "licences", work / "install" / "licences")
            (work / "install").rename(done)
            shutil.rmtree(work)
    return done


def _compile(arch: str, cache: Path, work: Path, jobs: int, steps: Steps, mirror: str | None) -> None:
    steps.begin("Debian's sources")
    fetch_sources(inputs.read_sources(), cache / DEBIAN, mirror)
    steps.end()
    steps.begin("zig and uv")
    compilers = write_compilers(toolchain.install_tools(cache), arch, work)
    steps.end()
    environ = clean(os.environ) | {
        "ARCH": arch,
        "WORK": str(work),
        "SOURCES": str(cache / DEBIAN),
        "PYTHON": sys.executable,
        "JOBS": str(jobs),
        "PATH": f"{compilers}:{os.environ['PATH']}",
        "ZIG_GLOBAL_CACHE_DIR": str(work / "zig"),
        "ZIG_LOCAL_CACHE_DIR": str(work / "zig"),
    }
    recipes = [(name, ["library.sh", name]) for name in inputs.LIBRARIES] + [("CPython", ["python.sh"])]
    for name, (script, *words) in recipes:
        mark = work / f"{name}.done"
        if mark.exists():
            continue
        steps.begin(f"{name} for {arch}")
        run(name, ["bash", inputs.HERE / "recipes" / script, *words], work / "logs" / name, environ)
        mark.touch()
        steps.end()
