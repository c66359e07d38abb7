"""Where an export goes: a folder of this machine, or below `exports/` of the lake's bucket."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from contracts.errors import GiveUp
from contracts.jobs import places
from infra.ops.folders import make_folder

_TYPES = {".csv": "text/csv; charset=utf-8", ".parquet": "application/vnd.apache.parquet", ".json": "application/json"}


class Place(Protocol):
    """Where the files of an export are put."""

    @property
    def name(self) -> str:
        """The place in words: a path or a URI."""

    def held(self) -> list[str]:
        """Return the names of what is there."""

    def remove(self, name: str) -> None:
        """Remove a file."""

    def put(self, file: Path) -> None:
        """Put a file there under its own name: readers see all of it, or nothing."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    folder: Path

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.folder)

    def held(self) -> list[str]:
        """Return the names in the folder, which is made where it is missing. Raises GiveUp for a file."""
        return sorted(one.name for one in make_folder(self.folder).iterdir())

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def put(self, file: Path) -> None:
        """Move a file into the folder, in one step once its bytes are beside it. Raises GiveUp where that fails."""
        beside = self.folder / f".{file.name}.partial"
        try:
            shutil.move(file, beside)
            beside.replace(self.folder / file.name)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise GiveUp(f"cannot write {file.name} into {self.folder}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class InLake:
    """A prefix of the lake's bucket; `s3` is a boto3 client."""

    s3: Any
    bucket: str
    prefix: str

    @property
    def name(self) -> str:
        """Its URI."""
        return f"s3://{self.bucket}/{self.prefix}"

    def held(self) -> list[str]:
        """Return the names of the first objects below the prefix, at most a thousand."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}/").get("Contents", [])
        return [one["Key"].removeprefix(f"{self.prefix}/") for one in found]

    def remove(self, name: str) -> None:
        """Delete an object, if it is there."""
        self.s3.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")

    def put(self, file: Path) -> None:
        """Upload a file, in parts where it is large; the object appears with its last part."""
        kind = {"ContentType": _TYPES.get(file.suffix, "text/plain")}
        self.s3.upload_file(str(file), self.bucket, f"{self.prefix}/{file.name}", ExtraArgs=kind)


def place(to: str | None, s3: Any, bucket: str, usual: Sequence[str]) -> Place:
    """Return the place that a person names; None: below `exports/`, in folders named as `usual`.

    Raises:
        GiveUp: a place in S3 that is not below `exports/` of the stack's own bucket.
    """
    if to is None:
        return InLake(s3, bucket, "/".join((places.EXPORTS, *usual)))
    scheme, remote, rest = to.partition("://")
    if not remote:
        return Folder(Path(to).expanduser())
    named, _, key = rest.partition("/")
    parts = key.rstrip("/").split("/")
    if (scheme, named, parts[0]) != ("s3", bucket, places.EXPORTS) or len(parts) < 2 or not all(parts):
        # Any other bucket may be outside the EU, and no rule would end what lies in another folder of this one.
        raise GiveUp(f"{to} is no place for an export: give s3://{bucket}/{places.EXPORTS}/NAME, or a folder")
    return InLake(s3, bucket, "/".join(parts))
