"""Archives of jobs, each unpacked once on this machine: runs share what they unpack to."""

import os
import shutil
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ..rules.ports import MissingError, Objects


@dataclass(frozen=True, slots=True)
class Archive:
    """A packed file on this machine, and the folder of what is in it."""

    file: Path
    tree: Path


class Archives:
    """A folder of archives. Any thread may call it.

    Each lies in a place that its content names. It is unpacked beside that place, then renamed: it is there whole, or
    not at all, whoever is killed and however many unpack it at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def brought(self, uri: str, objects: Objects) -> Archive:
        """Return the archive at an `s3://` URI; download and unpack it where that was not done before.

        Raises:
            MissingError: it cannot be downloaded or unpacked.
        """
        name = Path(uri).name  # kept: Spark tells the kind of an archive by it
        place = self._folder / sha256(f"{objects.content_id(uri)} {name}".encode()).hexdigest()
        if not place.is_dir():
            self._bring(uri, name, objects, place)
        return Archive(place / name, place / _TREE)

    def _bring(self, uri: str, name: str, objects: Objects, place: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=".half-", dir=self._folder))
        try:
            objects.fetch(uri, half / name)
            unpack(half / name, half / _TREE, uri)
            try:
                os.rename(half, place)  # noqa: PTH104 - Path.rename says no more
            except OSError:
                if not place.is_dir():  # another run was first: its archive is as good
                    raise
        finally:
            shutil.rmtree(half, ignore_errors=True)


_TREE = "unpacked"


def unpack(file: Path, target: Path, name: str) -> None:
    """Unpack a tar, packed or not, or a zip into a folder. Raises MissingError, which calls the archive `name`."""
    try:
        if tarfile.is_tarfile(file):
            with tarfile.open(file) as archive:
                _untar(archive, target)
        else:
            with zipfile.ZipFile(file) as archive:
                archive.extractall(target)  # noqa: S202 - zipfile itself keeps within the folder
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise MissingError(f"{name} cannot be unpacked: {error}") from error


def _untar(archive: tarfile.TarFile, target: Path) -> None:
    """Extract into the folder and nowhere else. tarfile's own filters need Python 3.11.4.

    A link may lead out of the folder, as a packed environment's does to its interpreter: nothing is written through it.
    """
    root = target.resolve()
    for member in archive:
        member.name = member.name.lstrip("/")
        named = [member.name, *([member.linkname] if member.islnk() else [])]
        if not all((root / name).resolve().is_relative_to(root) for name in named):
            raise tarfile.ExtractError(f"{member.name} leaves the folder")
        # A folder's mode would be set before its files are written, and may forbid that.
        archive.extract(member, root, set_attrs=not member.isdir())
