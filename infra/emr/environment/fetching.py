"""Fetch the pinned sources once, and hold every file against its SHA-256."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr.environment.debian import Apt, UnavailableError
from infra.emr.environment.inputs import Source, Sources
from infra.emr.package import file_version


def fetch_sources(pinned: Sources, folder: Path, mirror: str | None = None) -> None:
    """Put the files of all sources into a folder; a second call finds them there.

    Raises:
        UnavailableError: this machine cannot fetch them, or the mirror has another version by now.
        GiveUp: the mirror sends other bytes than those pinned.
    """
    missing = [source for source in pinned.packages if wrong_files(source.files, folder)]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        apt = Apt.of_machine(Path(scratch) / "apt", mirror, (pinned.suite,))
        apt.update()
        for source in missing:
            _fetch(source, apt, pinned, folder)


def wrong_files(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the names of files that are not in a folder, or not as they are pinned."""
    return [name for name, sha256 in files.items() if _sha256(folder / name) != sha256]


def moved_on(source: Source, offered: Mapping[str, str], mirror: str, pinned: Sources) -> str:
    """Return what to say where a mirror has no longer what is pinned. Pure."""
    instead = ", ".join(offered) or "nothing of that name"
    return (
        f"{mirror} does not offer {source.name} {source.version}, which is pinned; it offers: {instead}.\n"
        "To move on: `fruits environment sources` prints the lines for infra/emr/environment/sources.toml; with them, "
        "build, check and run the tests.\n"
        f"To build what is pinned: give by --mirror the URL of Debian's archive as of {pinned.offered}, which Debian's "
        "snapshot service keeps."
    )


def _fetch(source: Source, apt: Apt, pinned: Sources, folder: Path) -> None:
    if not apt.offered(f"{source.name}={source.version}"):
        raise UnavailableError(moved_on(source, apt.offered(source.name), apt.mirror, pinned))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        into = Path(scratch)
        apt.download_source(source.name, source.version, into)
        if wrong := wrong_files(source.files, into):
            raise GiveUp(
                f"{', '.join(wrong)} from {apt.mirror}: not the bytes that are pinned in sources.toml. Nothing was "
                "kept. Ask whoever runs the mirror; do not change the pin before you know why."
            )
        for name in source.files:
            shutil.move(into / name, folder / name)


def _sha256(path: Path) -> str | None:
    return file_version(path) if path.is_file() else None
