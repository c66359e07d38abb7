"""Stage a job's files on this machine: entry point, lists of files, archives linked into its working folder."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from ..rules.ports import MissingError, Objects
from ..rules.settings import EmulatorSettings
from ..rules.sparkjob import SparkJob
from .archives import Archive, Archives, unpack

_LISTS = ("spark.jars", "spark.submit.pyFiles", "spark.files")
_ARCHIVES = "spark.archives"


def stage(job: SparkJob, settings: EmulatorSettings, folder: Path, objects: Objects) -> SparkJob:
    """Download a job's files into `folder`; return the job with local paths in place of URIs.

    Archives are unpacked, and linked into `folder`, the job's working folder, as on the service's workers: the driver
    finds `./environment/bin/python` there too, where Spark itself unpacks for executors only. Executors of their own
    get the packed files, and unpack them.

    Raises:
        MissingError: a file cannot be downloaded or unpacked.
    """
    properties = dict(job.properties)
    for name in _LISTS:
        paths = [_local(uri, settings, folder, objects) for uri in _split(properties.get(name, ""))]
        properties[name] = ",".join(path for path in paths if path)
    archives = _split(properties.pop(_ARCHIVES, "")) if settings.unpack_archives else []
    packed = [_linked(uri, settings, folder, objects) for uri in archives]
    if settings.executors_apart:
        properties[_ARCHIVES] = ",".join(packed)
    entry_point = _local(job.entry_point, settings, folder, objects)
    return dataclasses.replace(job, entry_point=entry_point, properties=_without_empty(properties))


def _local(uri: str, settings: EmulatorSettings, folder: Path, objects: Objects) -> str:
    uri = settings.paths.get(uri, uri)
    if not _is_in_s3(uri):
        return uri.removeprefix("file://")
    target = _free(folder / "files", Path(uri).name)
    target.parent.mkdir(parents=True, exist_ok=True)
    objects.fetch(uri, target)
    return str(target)


def _free(folder: Path, name: str) -> Path:
    """Return a free path that keeps the file name, by which Python imports modules."""
    number = 0
    while (folder / str(number) / name).exists():
        number += 1
    return folder / str(number) / name


def _linked(uri: str, settings: EmulatorSettings, folder: Path, objects: Objects) -> str:
    """Link an archive's content into the folder; return its packed file's path, with its name after the hash."""
    source, _, name = uri.partition("#")
    source = settings.paths.get(source, source)
    name = name or Path(source).name
    if not (folder / name).resolve().is_relative_to(folder.resolve()) or (folder / name).exists():
        raise MissingError(f"{source} cannot be unpacked: {name} is no free name in the job's folder")
    archive = _archive(source, settings, folder, objects)
    (folder / name).symlink_to(archive.tree, target_is_directory=True)
    return f"{archive.file}#{name}"


def _archive(source: str, settings: EmulatorSettings, folder: Path, objects: Objects) -> Archive:
    if _is_in_s3(source):
        return Archives(settings.scratch / "archives").brought(source, objects)
    file = Path(source.removeprefix("file://"))
    tree = _free(folder / "unpacked", file.name)
    unpack(file, tree, source)
    return Archive(file, tree)


def _is_in_s3(uri: str) -> bool:
    return uri.startswith(("s3://", "s3a://"))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _without_empty(properties: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in properties.items() if value or name not in (*_LISTS, _ARCHIVES)}
