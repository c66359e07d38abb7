"""The tools that build: zig as a C compiler for any glibc, and uv; pinned wheels in an environment of their own."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.emr.environment import folders
from infra.emr.environment.commands import run
from infra.emr.environment.inputs import TOOLS, tools_key

GLIBC = "2.28"
"""What the interpreter is linked for: the floor of the lock's own wheels (manylinux_2_28)."""
_LEFT_OUT = ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "CFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS",
             "CONFIG_SITE", "DESTDIR", "VIRTUAL_ENV")  # fmt: skip


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


def write_compilers(tools: Path, arch: str, work: Path) -> Path:
    """Write `zig-cc` and its like for an architecture; return their folder.

    They are called by name: some of the name is written into what they build. So are paths, which are mapped to `.`.
    """
    folder = work / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    (zig,) = tools.glob("lib/python3*/site-packages/ziglang/zig")
    for_target = f"-target {arch}-linux-gnu.{GLIBC} {shlex.quote(f'-ffile-prefix-map={work}=.')}"
    for command in (f"cc {for_target}", f"c++ {for_target}", "ar", "ranlib"):
        wrapper = folder / f"zig-{command.split()[0]}"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(str(zig))} {command} "$@"\n')
        wrapper.chmod(0o755)
    return folder


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables by which a machine's own flags and packages would get in. Pure."""
    kept = (name for name in environ if name not in _LEFT_OUT and not name.startswith("PYTHON"))
    return {name: environ[name] for name in kept}
