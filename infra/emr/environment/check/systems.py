"""Other machines to try an archive on: an older glibc by its loader, and Graviton by qemu. No root is needed."""

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr.environment import folders
from infra.emr.environment.commands import run
from infra.emr.environment.debian import Apt
from infra.emr.environment.inputs import HERE

SYSTEMS = HERE / "check" / "systems.toml"
NEOVERSE_N1 = "".join(
    f"{name}\t: {value}\n"
    for name, value in (
        ("processor", "0"),
        ("BogoMIPS", "243.75"),
        (
            "Features",
            "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
        ),
        ("CPU implementer", "0x41"),
        ("CPU architecture", "8"),
        ("CPU variant", "0x3"),
        ("CPU part", "0xd0c"),
        ("CPU revision", "1"),
    )
)
"""Graviton2's /proc/cpuinfo. LiteRT reads it to choose its kernels, and crashes on that of an x86 machine."""


@dataclass(frozen=True, slots=True)
class System:
    """A machine to try an archive on: what to call it, and Debian's packages that make it."""

    name: str
    on: str
    suite: str
    packages: Mapping[str, Mapping[str, str]]
    """`version` and `sha256` of each `package:architecture`."""

    @property
    def key(self) -> str:
        """A hash of the packages."""
        return hashlib.sha256("".join(pin["sha256"] for pin in self.packages.values()).encode()).hexdigest()


def system_for(arch: str, machine: str) -> System | None:
    """Return what an archive can be tried on beside this machine, of the architecture `machine`; None: nothing."""
    names = {("x86_64", "x86_64"): "older", ("aarch64", "x86_64"): "emulated"}
    name = names.get((arch, machine))
    return System(name, **tomllib.loads(SYSTEMS.read_text())[name]) if name else None


def prepare(system: System, cache: Path, mirror: str | None = None) -> list[str]:
    """Return the words that an interpreter is run by on a system; fetch its packages first if they are not there.

    Raises:
        GiveUp: they cannot be had.
    """
    folder = cache / f"system-{system.name}-{system.key[:16]}"
    with folders.locked(cache / "lock-systems"):
        if not folder.is_dir():
            _fetch(system, folder, mirror)
    return _through(system.name, folder)


def _fetch(system: System, folder: Path, mirror: str | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packages, root = Path(scratch) / "packages", Path(scratch) / "root"
        packages.mkdir()
        apt = Apt.of_machine(Path(scratch) / "apt", mirror, (system.suite,), ("amd64", "arm64"))
        apt.update()
        for name, pin in system.packages.items():
            apt.download(f"{name}={pin['version']}", packages)
        pinned = {pin["sha256"] for pin in system.packages.values()}
        for package in packages.iterdir():
            if hashlib.sha256(package.read_bytes()).hexdigest() not in pinned:
                raise GiveUp(f"{package.name} from {apt.mirror} is not what is pinned in {SYSTEMS.name}")
            run("dpkg-deb", ["dpkg-deb", "-x", package, root], Path(scratch) / "log", os.environ)
        if system.name == "emulated":
            (root / "proc").mkdir()
            (root / "proc" / "cpuinfo").write_text(NEOVERSE_N1)
        root.rename(folder)


def _through(name: str, folder: Path) -> list[str]:
    if name == "emulated":
        return [str(folder / "usr/bin/qemu-aarch64-static"), "-cpu", "neoverse-n1", "-L", str(folder)]
    libraries = ":".join(str(folder / of / "x86_64-linux-gnu") for of in ("lib", "usr/lib"))
    (loader,) = folder.glob("lib/x86_64-linux-gnu/ld-*.so")  # lib64 has a link to it that is absolute
    return [str(loader), "--library-path", libraries]
