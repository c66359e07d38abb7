"""How zig is called as a C compiler, and what of this machine does not reach it: both decide the bytes it makes."""

import shlex
from collections.abc import Mapping
from pathlib import Path

GLIBC = "2.28"
"""What the interpreter is linked for: the floor of the lock's own wheels (manylinux_2_28)."""
_LEFT_OUT = ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "CFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS",
             "CONFIG_SITE", "DESTDIR", "VIRTUAL_ENV")  # fmt: skip


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
