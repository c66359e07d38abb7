"""The jobs' environment for this machine: a packed Python with the packages of the lock's group `driver`, no others.

On AWS a run unpacks a whole relocatable Python (`infra/emr/environment/`). Here the packed one links to this machine's
Python 3.11, so that it is made in seconds; its packages are the same. What a job lacks there, it lacks here.
"""

import gzip
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from contracts.errors import GiveUp
from contracts.jobs import places
from infra.deployment.sam import find_uv
from infra.emr.package import file_version
from infra.locks import hold_lock

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "environment" / "host"
GROUP = "driver"
_EXPORT = ("export", "--frozen", "--no-default-groups", "--group", GROUP, "--no-emit-project")
_INSTALL = ("pip", "install", "--quiet", "--require-hashes", "--no-deps")
_GZIP_LEVEL = 1  # it is unpacked on the machine that packs it
_LAYOUT = 1
"""To be raised when what is made here changes, though lock and Python stay the same."""


def prepare(folder: Path = FOLDER) -> Path:
    """Return the packed environment, named by its content; make it where lock or Python have changed.

    Raises:
        GiveUp: uv is missing, or could not install the packages.
    """
    requirements = _uv(*_EXPORT, "--format", "requirements-txt", "--quiet", "--project", str(ROOT))
    known = folder / f"{_key(requirements)}.json"
    with hold_lock(folder / "lock"):  # two commands at once make one
        if found := _recorded(known):
            return found
        packed = _make(requirements, folder)
        _remove_others(folder, packed)
        known.write_text(json.dumps({"file": packed.name}) + "\n")
        return packed


def base_python() -> str:
    """Return this machine's Python itself: not that of a virtual environment, and without what is installed there."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _key(requirements: str) -> str:
    parts = [requirements, base_python(), sys.version, platform.machine(), str(_LAYOUT)]
    return sha256("\0".join(parts).encode()).hexdigest()


def _recorded(known: Path) -> Path | None:
    if not known.exists():
        return None
    found = known.parent / json.loads(known.read_text())["file"]
    return found if found.exists() else None


def _remove_others(folder: Path, packed: Path) -> None:
    """Remove what was made for an earlier lock: each is large."""
    for path in (*folder.glob("*.json"), *folder.glob(f"*{places.PACKED_ENVIRONMENT}")):
        if path != packed:
            path.unlink()


def _make(requirements: str, folder: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        tree, packed = Path(temporary) / "tree", Path(temporary) / "packed"
        _build(requirements, tree)
        pack(tree, packed)
        target = folder / f"{file_version(packed)}{places.PACKED_ENVIRONMENT}"
        packed.replace(target)
    return target


def _build(requirements: str, tree: Path) -> None:
    """Lay out what `python -m venv` would, and install the packages: the group's own, without what they depend on."""
    python = base_python()
    (tree / "bin").mkdir(parents=True)
    for name in ("python", "python3", "python3.11"):
        (tree / "bin" / name).symlink_to(python)
    (tree / "pyvenv.cfg").write_text(f"home = {Path(python).parent}\ninclude-system-site-packages = false\n")
    packages = tree / "lib" / "python3.11" / "site-packages"
    listed = tree.parent / "requirements.txt"
    listed.write_text(requirements)
    _uv(*_INSTALL, "--target", str(packages), "--python", python, "--requirements", str(listed))
    # Once here, and not in the first run of each cloud. Unchecked: unpacking need not keep the files' times.
    compiling = [python, "-m", "compileall", "-q", "-j", "0", "-s", str(tree), "--invalidation-mode", "unchecked-hash"]
    _call([*compiling, str(packages)])


def pack(tree: Path, packed: Path) -> None:
    """Pack a folder into a `.tar.gz`: the same files give the same bytes."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with (
        packed.open("wb") as file,
        gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(tree.rglob("*")):
            archive.add(path, str(path.relative_to(tree)), recursive=False, filter=plain)


def _uv(*arguments: str) -> str:
    uv = find_uv()
    if uv is None:
        raise GiveUp("uv is not installed: run `make setup`")
    return _call([uv, *arguments])


def _call(command: Sequence[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        end = "\n".join(done.stderr.splitlines()[-12:])
        raise GiveUp(f"the jobs' environment cannot be made: `{' '.join(command[:3])} …` failed:\n{end}")
    return done.stdout
