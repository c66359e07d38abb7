"""Objects that are created once, or replaced only while they are still what the writer has read.

On S3 these are conditional writes, `If-None-Match: *` and `If-Match`. A folder has no conditional replacement: there
`swap` locks a file beside the object, which keeps processes of one machine apart. Folders hold the models of jobs that
run without any cloud.
"""

import fcntl
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.failures import translate_errors
from spark_app.stores.uris import split_uri

_LOST = (exceptions.AlreadyExistsError, exceptions.PreconditionError, exceptions.NotFoundError)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes, and its etag at that time."""

    data: bytes
    etag: str


class ReadableObjects(Protocol):
    """Objects below a prefix, to read. Keys are relative to the prefix.

    All methods raise RetryLater where the store does not answer, and GiveUp where it refuses.
    """

    def get(self, key: str) -> Stored | None:
        """Return an object; None where it is missing."""

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""


class Objects(ReadableObjects, Protocol):
    """Objects below a prefix, to read and to write. The methods raise as those of `ReadableObjects`."""

    def create(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet; return False where it exists."""

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        """Write an object while its etag is `etag` (None: while it is missing); return False where it is not."""


class ConditionalStore:
    """`Objects` below a prefix of an obstore store."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store, self._prefix = store, f"{prefix.strip('/')}/".lstrip("/")

    @classmethod
    def at(cls, uri: str, settings: StoreSettings) -> "ConditionalStore":
        """Open `s3://bucket/prefix`, a `file://` URL or a path. Sends nothing; creates a missing folder."""
        folder, bucket, key = split_uri(uri)
        if folder is not None:
            return cls(LocalStore(folder, mkdir=True))
        return cls(open_store(bucket, settings), key)

    def get(self, key: str) -> Stored | None:
        """Return an object; None where it is missing."""
        with self._translate_errors("read", key):
            try:
                answer = obstore.get(self._store, self._prefix + key)
                return Stored(bytes(answer.bytes()), answer.meta["e_tag"] or "")
            except (exceptions.NotFoundError, FileNotFoundError):
                return None

    def create(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet; return False where it exists."""
        with self._translate_errors("write", key):
            try:
                obstore.put(self._store, self._prefix + key, data, mode="create", use_multipart=False)
            except exceptions.AlreadyExistsError:
                return False
            return True

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        """Write an object while its etag is `etag` (None: while it is missing); return False where it is not."""
        if etag is None:
            return self.create(key, data)
        if isinstance(self._store, LocalStore):
            return self._swap_in_folder(self._store, key, data, etag)
        with self._translate_errors("write", key):
            try:
                obstore.put(self._store, self._prefix + key, data, mode={"e_tag": etag}, use_multipart=False)
            except _LOST:
                return False
            return True

    def _swap_in_folder(self, store: LocalStore, key: str, data: bytes, etag: str) -> bool:
        with (Path(store.prefix or ".") / f".{key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = self.get(key)
            if found is None or found.etag != etag:
                return False
            with self._translate_errors("write", key):
                obstore.put(store, self._prefix + key, data)  # by a rename: readers see the old or the new
            return True

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""
        with self._translate_errors("list", prefix):
            found = [meta["path"] for batch in obstore.list(self._store, self._prefix + prefix) for meta in batch]
        return sorted(path.removeprefix(self._prefix) for path in found)

    def _translate_errors(self, verb: str, key: str) -> AbstractContextManager[None]:
        return translate_errors(f"cannot {verb} {self._prefix}{key}")
