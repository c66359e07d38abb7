"""Compile the interpreter by the recipes of `recipes/`, once for each architecture and set of pinned inputs."""

import os
import pprint
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from infra.emr.environment import folders, inputs, toolchain
from infra.emr.environment.commands import run
from infra.emr.environment.fetching import fetch_sources
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
    compilers = toolchain.write_compilers(toolchain.install_tools(cache), arch, work)
    steps.end()
    environ = toolchain.clean(os.environ) | {
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


def neutralise(root: Path, paths: list[str]) -> None:
    """Take the paths of the build out of the only text that knows them: what sysconfig would tell a compiler."""
    (file,) = root.glob("lib/python3.11/_sysconfigdata_*.py")
    told: dict[str, Any] = {}
    exec(file.read_text(), told)  # noqa: S102  a literal that CPython's build wrote
    variables = {name: neutral(value, paths) for name, value in told["build_time_vars"].items()}
    file.write_text(f"build_time_vars = {pprint.pformat(variables)}\n")


def neutral(value: object, paths: list[str]) -> object:
    """Return a text without these paths: flags that name one are left out, others name `/environment`. Pure."""
    if not isinstance(value, str):
        return value
    for path in paths:
        value = re.sub(rf"-[IL]{re.escape(path)}/\S*?(?=['\s]|$)", "", value)
        value = re.sub(rf"{re.escape(path)}[^\s:'\"]*", "/environment", value)
    return " ".join(value.split())
