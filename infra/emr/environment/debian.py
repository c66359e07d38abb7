"""Debian's packages through apt, without root and with lists of our own: the machine's are left as they are."""

import getpass
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import GiveUp
from infra.emr.environment.commands import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CONTAINER = "infra/emr/environment/container/README.md"
_MACHINE = Path("/etc/apt")
_DEBIAN = re.compile(r"\bhttps?://\S+/debian/?(?=\s|$)|\bfile:/\S+/debian/?(?=\s|$)")
_OFFERED = re.compile(r"^'\S+' (?P<name>\S+) \d+ SHA256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)


class UnavailableError(GiveUp):
    """What is pinned cannot be had on this machine, or not today: nothing is wrong with it."""


def mirror_of(texts: Iterable[str]) -> str | None:
    """Return the first Debian mirror in a machine's lists of sources; security's archive is none. Pure."""
    lines = (line for text in texts for line in text.splitlines() if not line.lstrip().startswith("#"))
    return next((found[0].rstrip("/") for line in lines if (found := _DEBIAN.search(line))), None)


def offered_files(said: str) -> dict[str, str]:
    """Return name and SHA-256 of each file in what `apt-get source --print-uris` said, signatures left out. Pure."""
    files = {found["name"]: found["sha256"] for found in _OFFERED.finditer(said)}
    return {name: sha256 for name, sha256 in files.items() if not name.endswith((".dsc", ".asc"))}


def sources_list(mirror: str, suites: Sequence[str]) -> str:
    """Return a list of sources for apt: sources and packages of these suites. Pure."""
    return (
        f"Types: deb deb-src\nURIs: {mirror}\nSuites: {' '.join(suites)}\nComponents: main\nSigned-By: {KEYRING}\n"
        "Check-Valid-Until: no\n"  # a snapshot's is past; what comes is held against a pinned SHA-256 anyway
    )


@dataclass(frozen=True, slots=True)
class Apt:
    """apt with a folder of its own, a mirror, and suites such as `bookworm`."""

    folder: Path
    mirror: str
    suites: tuple[str, ...]
    architectures: tuple[str, ...] = ()
    """Of packages, in Debian's words: `amd64`, `arm64`. None for sources alone."""

    @classmethod
    def of_machine(
        cls, folder: Path, mirror: str | None, suites: tuple[str, ...], architectures: tuple[str, ...] = ()
    ) -> "Apt":
        """Return apt with this machine's own mirror, or with `mirror`. Raises UnavailableError where there is none."""
        other = f"Build in a container instead: {CONTAINER} has the recipe."
        if shutil.which("apt-get") is None:
            raise UnavailableError(f"this machine has no apt-get, which fetches Debian's sources. {other}")
        if not KEYRING.is_file():
            raise UnavailableError(f"{KEYRING} is missing: install the package debian-archive-keyring. {other}")
        files = [_MACHINE / "sources.list", *sorted((_MACHINE / "sources.list.d").glob("*.[sl]*"))]
        mirror = mirror or mirror_of(path.read_text() for path in files if path.is_file())
        if mirror is None:
            raise UnavailableError(f"this machine's apt names no Debian mirror: give one by --mirror URL. {other}")
        return cls(folder, mirror, suites, architectures)

    def update(self) -> None:
        """Fetch the lists. Raises UnavailableError if the mirror does not answer."""
        for folder in ("parts", "lists/partial", "cache/archives/partial"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        (self.folder / "parts" / "debian.sources").write_text(sources_list(self.mirror, self.suites))
        (self.folder / "status").touch()
        (self.folder / "apt.conf").write_text(self._configuration())
        try:
            self._run("update")
        except GiveUp as error:
            raise UnavailableError(f"{self.mirror} does not answer apt. {error}") from error

    def offered(self, name: str) -> dict[str, str]:
        """Return the files of a source package as the mirror offers it, with their SHA-256; none if it has it not."""
        try:
            return offered_files(self._run("source", "--download-only", "--only-source", "--print-uris", name))
        except GiveUp:
            return {}

    def download_source(self, name: str, version: str, into: Path) -> None:
        """Download the files of a source package. Raises GiveUp if the mirror does not have this version."""
        self._run("source", "--download-only", "--only-source", f"{name}={version}", cwd=into)

    def download(self, package: str, into: Path) -> None:
        """Download a package, given as `name:architecture=version`. Raises GiveUp if the mirror does not have it."""
        self._run("download", package, cwd=into)

    def _run(self, *words: str, cwd: Path | None = None) -> str:
        environ = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8"}
        return run(f"apt-get {words[0]}", ["apt-get", *words], self.folder / f"{words[0]}.log", environ, cwd)

    def _configuration(self) -> str:
        architectures = "".join(f'APT::Architectures:: "{arch}";\n' for arch in self.architectures)
        return (
            'Dir::Etc::SourceList "/dev/null";\n'
            f'Dir::Etc::SourceParts "{self.folder}/parts";\n'
            f'Dir::State::Lists "{self.folder}/lists";\n'
            f'Dir::State::Status "{self.folder}/status";\n'  # empty: what is installed here decides nothing
            f'Dir::Cache "{self.folder}/cache";\n'
            f'APT::Sandbox::User "{getpass.getuser()}";\n{architectures}'
        )
