"""The tools that build, zig and uv: pinned wheels in an environment of their own."""

import os
import sys
from pathlib import Path

from infra.emr.environment import folders
from infra.emr.environment.commands import run
from infra.emr.environment.compilers import clean
from infra.emr.environment.inputs import TOOLS, tools_key


def install_tools(cache: Path) -> Path:
    """Return the environment that has zig and uv; make it first if it is not there."""
    folder = cache / f"tools-{tools_key()[:16]}"
    with folders.locked(cache / "lock-tools"):
        if not (folder / "done").exists():
            _install(folder, cache / "logs")
    return folder


def _install(folder: Path, logs: Path) -> None:
    run("venv", [sys.executable, "-m", "venv", "--clear", folder], logs / "venv", clean(os.environ))
    pinned = ("--require-hashes", "--only-binary", ":all:", "--requirement", TOOLS)
    run("pip", [folder / "bin/pip", "install", *pinned], logs / "pip", clean(os.environ))
    (folder / "done").touch()


def uv(tools: Path) -> Path:
    """Return the path of uv."""
    return tools / "bin" / "uv"
