"""Stage a job's files on this machine: entry point, lists of files, archives unpacked into its working folder."""

import dataclasses
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ..rules.ports import MissingError
from ..rules.settings import EmulatorSettings
from ..rules.sparkjob import SparkJob

Fetch = Callable[[str, Path], None]
"""Download an `s3://` URI into a file; raises MissingError."""

_LISTS = ("spark.jars", "spark.submit.pyFiles", "spark.files")
_ARCHIVES = "spark.archives"


def stage(job: SparkJob, settings: EmulatorSettings, folder: Path, fetch: Fetch) -> SparkJob:
    """Download a job's files into `folder`; return the job with local paths in place of URIs.

    Archives are unpacked into `folder`, the job's working folder, as on the service's workers: the driver finds
    `./environment/bin/python` there too, where Spark itself unpacks for executors only.

    Raises:
        MissingError: a file cannot be downloaded or unpacked.
    """
    properties = dict(job.properties)
    for name in _LISTS:
        paths = [_local(uri, settings, folder, fetch) for uri in _split(properties.get(name, ""))]
        properties[name] = ",".join(path for path in paths if path)
    for uri in _split(properties.pop(_ARCHIVES, "")) if settings.unpack_archives else ():
        _unpack(uri, settings, folder, fetch)
    properties.pop(_ARCHIVES, None)
    entry_point = _local(job.entry_point, settings, folder, fetch)
    return dataclasses.replace(job, entry_point=entry_point, properties=_without_empty(properties))


def _local(uri: str, settings: EmulatorSettings, folder: Path, fetch: Fetch) -> str:
    uri = settings.paths.get(uri, uri)
    if not uri.startswith(("s3://", "s3a://")):
        return uri.removeprefix("file://")
    target = _free(folder / "files", Path(uri).name)
    target.parent.mkdir(parents=True, exist_ok=True)
    fetch(uri, target)
    return str(target)


def _free(folder: Path, name: str) -> Path:
    """Return a free path that keeps the file name, by which Python imports modules."""
    number = 0
    while (folder / str(number) / name).exists():
        number += 1
    return folder / str(number) / name


def _unpack(uri: str, settings: EmulatorSettings, folder: Path, fetch: Fetch) -> None:
    source, _, name = uri.partition("#")
    path = Path(_local(source, settings, folder, fetch))
    target = folder / (name or path.name)
    try:
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                _untar(archive, target)
        else:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(target)  # noqa: S202 - zipfile itself keeps within the folder
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise MissingError(f"{source} cannot be unpacked: {error}") from error


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


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _without_empty(properties: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value or name not in _LISTS}
