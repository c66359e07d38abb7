"""Check an archive: unpack it to another place, look at every file, and run it there."""

import os
import platform
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.errors import GiveUp
from infra.emr.environment import archives, folders
from infra.emr.environment.check.contents import Seen, look
from infra.emr.environment.check.imports import imported_by_jobs
from infra.emr.environment.check.rules import LIMITS, from_machine, highest, wrong
from infra.emr.environment.check.systems import prepare, system_for
from infra.emr.environment.check.trial import Trial, try_out
from infra.emr.environment.inputs import ROOT

INTERPRETER = "bin/python3.11"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. An archive without anything in `wrong` may be deployed."""

    arch: str
    sha256: str
    seen: Seen
    trials: tuple[Trial, ...]
    wrong: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it for scripts."""
        versions = highest(self.seen.elves)
        return {
            "arch": self.arch,
            "sha256": self.sha256,
            "files": self.seen.files,
            "unpacked_bytes": self.seen.size_bytes,
            "elf_files": len(self.seen.elves),
            "highest": {family: {**asdict(of), "limit": LIMITS[family]} for family, of in versions.items()},
            "from_machine": from_machine(self.seen),
            "licences": [asdict(one) for one in self.seen.licences],
            "trials": [asdict(trial) for trial in self.trials],
            "wrong": list(self.wrong),
        }


def check(archive: Path, arch: str | None = None, elsewhere: bool = False, mirror: str | None = None) -> Checked:
    """Check an archive. `arch` None means: what its interpreter is for.

    `elsewhere` also tries it on another machine (`systems.toml`), whose packages are fetched once.

    Raises:
        GiveUp: it is no archive that can be unpacked.
    """
    with tempfile.TemporaryDirectory(prefix="fruits-moved-") as scratch:
        root = Path(scratch).resolve() / "environment"
        unpack(archive, root)
        seen = look(root, folders_of_machine())
        arch = arch or next((file.elf.machine for file in seen.elves if file.path == INTERPRETER), "no architecture")
        trials = tuple(_trials(root, arch, elsewhere, mirror))
        sentences = (*wrong(seen, arch), *(sentence for trial in trials for sentence in trial.wrong))
        return Checked(arch, archives.version(archive), seen, trials, sentences)


def folders_of_machine() -> list[str]:
    """Return the folders of this machine that must not be named in an archive. Short ones are anybody's words."""
    here = [ROOT, folders.cache_dir(os.environ), Path.home() / ".cache"]
    return sorted({str(path) for path in here if len(path.parts) > 2})


def unpack(archive: Path, root: Path) -> None:
    """Unpack into `root`, and nowhere else.

    Raises:
        GiveUp: it cannot be read, or would write to another place.
    """
    try:
        with tarfile.open(archive) as packed:
            members = packed.getmembers()
            if out := [member.name for member in members if not _within(member)]:
                raise GiveUp(f"{archive} would write outside the folder it is unpacked to: {out[0]}")
            packed.extractall(root, members)  # noqa: S202  each was looked at
    except (OSError, tarfile.TarError, EOFError) as error:
        raise GiveUp(f"{archive} cannot be unpacked: {error}. Build one: fruits environment build") from error


def _within(member: tarfile.TarInfo) -> bool:
    if not (member.isfile() or member.isdir() or member.issym()):
        return False
    place = Path(member.name).parent / member.linkname if member.issym() else Path(member.name)
    inside = os.path.normpath(place)
    return not (place.is_absolute() or inside == ".." or inside.startswith("../"))


def _trials(root: Path, arch: str, elsewhere: bool, mirror: str | None) -> Iterable[Trial]:
    modules = imported_by_jobs()
    machine = platform.machine()
    if arch == machine:
        yield try_out(root, f"this machine ({machine})", modules)
    else:
        yield Trial(f"this machine ({machine})", not_run=f"the archive is for {arch}")
    if elsewhere:
        yield _elsewhere(root, arch, machine, modules, mirror)


def _elsewhere(root: Path, arch: str, machine: str, modules: Sequence[str], mirror: str | None) -> Trial:
    system = system_for(arch, machine)
    if system is None:
        return Trial(f"another machine of {arch}", not_run=f"none can be had on {machine}")
    try:
        through = prepare(system, folders.cache_dir(os.environ), mirror)
    except GiveUp as error:
        return Trial(system.on, not_run=str(error))
    return try_out(root, system.on, modules, through)
