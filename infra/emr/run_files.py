"""What runs take from the artifacts bucket, as it lies on this machine: the jobs' code, the packed Python, the CNN."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import GiveUp
from contracts.jobs import places
from contracts.jobs.places import Versions
from infra.emr import package


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The files of a deployment."""

    environment: Path
    """The packed Python environment, `.tar.gz`."""
    artifact: Path
    """The folder of the CNN."""
    root: Path = package.ROOT
    """Where the code is."""

    def versions(self) -> Versions:
        """Return the version of each, by its content. Raises OSError for a file that is missing."""
        artifact = artifact_version(self.artifact)
        return Versions(package.version(self.root), package.file_version(self.environment), artifact)

    def artifact_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each file of the CNN."""
        yield from _files_of(self.artifact)


def artifact_version(folder: Path) -> str:
    """Return the version of the CNN in a folder, by its content. Raises OSError where there is none."""
    return package.content_version(dict(_files_of(folder)))


def _files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        yield path.name, path.read_bytes()


def download_artifact(s3: Any, bucket: str, version: str, folder: Path) -> None:
    """Write the CNN of a version, as it lies in the bucket, to a folder that is not there yet.

    Raises:
        GiveUp: the bucket has none of this version, or other files than those that name it.
    """
    prefix = Versions("", "", version).artifact_folder + "/"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    part = folder.with_name(f"{folder.name}.part")  # a download that is cut short leaves no half CNN
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for one in listed:
        s3.download_file(bucket, one["Key"], str(part / one["Key"].removeprefix(prefix)))
    if artifact_version(part) != version:
        raise GiveUp(f"s3://{bucket}/{prefix} does not have the CNN that names it: give one with --artifact")
    part.rename(folder)


def upload(s3: Any, bucket: str, files: RunFiles) -> Versions:
    """Upload what the bucket lacks, each to a place that its content names, and return the versions. Others stay.

    The code is uploaded each time: it is small, and the time of its upload says which version is the latest.
    """
    versions = files.versions()
    for name, content in package.objects(files.root):
        s3.put_object(Bucket=bucket, Key=f"{versions.code_folder}/{name}", Body=content)
    for name, content in files.artifact_files():
        key = f"{versions.artifact_folder}/{name}"
        if not _is_there(s3, bucket, key, len(content)):
            s3.put_object(Bucket=bucket, Key=key, Body=content)
    if not _is_there(s3, bucket, versions.environment_file, files.environment.stat().st_size):
        s3.upload_file(str(files.environment), bucket, versions.environment_file)  # in parts: it has over 100 MB
    return versions


def wanted(versions: Versions) -> list[str]:
    """Return the places that these versions fill."""
    return [f"{versions.code_folder}/{places.PACKED}", versions.environment_file, f"{versions.artifact_folder}/"]


def missing(s3: Any, bucket: str, versions: Versions) -> list[str]:
    """Return the places of these versions at which the bucket has nothing."""

    def has(key: str) -> bool:
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("KeyCount"))

    return [key for key in wanted(versions) if not has(key)]


def _is_there(s3: Any, bucket: str, key: str, size_bytes: int) -> bool:
    found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    return any(one["Key"] == key and one["Size"] == size_bytes for one in found)
