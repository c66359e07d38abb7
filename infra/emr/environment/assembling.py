"""Put an environment together: the interpreter, the lock's packages for a driver, their licences, and nothing else."""

import os
import shutil
import sys
from pathlib import Path

from infra.emr.environment import inputs, toolchain
from infra.emr.environment.commands import run
from infra.emr.environment.licences import write_licences

GROUP = "driver"
"""The lock's group: what the jobs need. A worker alone would need matplotlib less, 20 MB; one archive serves both."""
SITE = "lib/python3.11/site-packages"
# distutils stays: PySpark 3.5 imports it.
NOT_OF_PYTHON = (
    *("include", "share", "lib/pkgconfig", "lib/libpython3.11.a", "lib/python3.11/config-3.11-*"),
    *(f"lib/python3.11/{name}" for name in ("idlelib", "tkinter", "turtledemo", "turtle.py", "lib2to3", "ensurepip")),
    *(f"lib/python3.11/{name}" for name in ("pydoc_data", "test")),
)
# What no job imports: 140 MB, among it plug-ins for phones' chips whose search paths lead out of the archive. The first
# lines of packages' programs name this machine's Python.
NOT_OF_PACKAGES = (
    *("bin", ".lock", "ai_edge_litert/tools", "ai_edge_litert/vendors", "ai_edge_litert/libLiteRtWebGpuAccelerator.so"),
    *("pyarrow/include", "pyarrow/_flight*.so", "pyarrow/libarrow_flight.so*", "pyarrow/libarrow_python_flight.so*"),
)
NOT_RUN = ("*.pyx", "*.pxd", "*.pxi", "*.pyi", "*.c", "*.h")


def assemble(compiled: Path, root: Path, arch: str, cache: Path, project: Path = inputs.ROOT) -> None:
    """Make the environment in `root`, which is not there yet.

    Raises:
        GiveUp: the lock's packages cannot be had for this architecture.
    """
    logs = root.parent / "logs"
    shutil.copytree(compiled / "environment", root, symlinks=True)
    _keep_the_interpreter_alone(root)
    _install_packages(root / SITE, arch, cache, project, logs)
    _remove(root / SITE, NOT_OF_PACKAGES)
    for tests in [path for path in (root / SITE).rglob("tests") if "numpy" not in path.parts]:
        shutil.rmtree(tests, ignore_errors=True)
    for pattern in NOT_RUN:
        for path in (root / SITE).rglob(pattern):
            path.unlink()
    write_licences(root, compiled / "licences", inputs.read_sources().packages)
    _compile(root, logs)


def _keep_the_interpreter_alone(root: Path) -> None:
    _remove(root, NOT_OF_PYTHON)
    for program in (root / "bin").iterdir():
        if program.name != inputs.PYTHON:
            program.unlink()
    for name in ("python", "python3"):
        (root / "bin" / name).symlink_to(inputs.PYTHON)
    for cached in [*root.rglob("__pycache__")]:
        shutil.rmtree(cached)


def _install_packages(site: Path, arch: str, cache: Path, project: Path, logs: Path) -> None:
    uv, wanted = toolchain.uv(toolchain.install_tools(cache)), logs / "requirements.txt"
    group = ("--frozen", "--no-default-groups", "--group", GROUP, "--no-emit-project", "--python", sys.executable)
    logs.mkdir(parents=True, exist_ok=True)
    environ = toolchain.clean(os.environ)
    export = (uv, "export", "--project", project, *group, "--format", "requirements-txt", "--output-file", wanted)
    run("uv export", export, logs / "export", environ)
    platform = ("--python", sys.executable, "--python-version", "3.11", "--python-platform", f"{arch}-manylinux_2_28")
    pinned = ("--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy")
    install = (uv, "pip", "install", "--target", site, *platform, *pinned, "--requirements", wanted)
    run("uv pip install", install, logs / "wheels", environ)


def _compile(root: Path, logs: Path) -> None:
    """Compile all modules. They are not held against their sources' times, which a way of unpacking need not keep."""
    library = root / "lib/python3.11"
    paths = ("-s", root, "-p", "/environment", library)
    # In one process and in one order: what a process compiled before can change which references are marked.
    command = (sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *paths)
    # Some packages carry templates that no Python can compile; what the jobs import, the check imports.
    run("compileall", ("bash", "-c", '"$@" || true', "bash", *command), logs / "compile", toolchain.clean(os.environ))


def _remove(root: Path, patterns: tuple[str, ...]) -> None:
    for path in [found for pattern in patterns for found in root.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
