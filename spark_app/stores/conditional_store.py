"""Objects that are written once, or swapped only as long as nobody else has swapped them.

On S3 these are conditional writes, `If-None-Match: *` and `If-Match`. A folder has no such thing: there the swap takes
a lock on a file beside the object, which holds between processes of one machine.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.objects import StoreSettings, named_error, open_store, place_of

_LOST = (exceptions.AlreadyExistsError, exceptions.PreconditionError, exceptions.NotFoundError)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes, and the etag that they were found under."""

    data: bytes
    etag: str


class Objects(Protocol):
    """What the model store asks of an object store. Keys are relative to the store's place.

    All methods raise RetryLater where the store does not answer, and GiveUp where it refuses.
    """

    def get(self, key: str) -> Stored | None:
        """Return an object, or None where there is none."""

    def create(self, key: str, data: bytes) -> bool:
        """Write an object that is not there yet; False where it is."""

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        """Write an object if its etag is still `etag`, None meaning that there is none; False where it is not."""

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""


class ConditionalStore:
    """`Objects` below a prefix of an obstore store."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store, self._prefix = store, f"{prefix.strip('/')}/".lstrip("/")

    @classmethod
    def at(cls, uri: str, settings: StoreSettings) -> "ConditionalStore":
        """Open `s3://bucket/prefix`, a `file://` URL or a path; nothing is sent, a missing folder is made."""
        folder, bucket, key = place_of(uri)
        if folder is not None:
            return cls(LocalStore(folder, mkdir=True))
        return cls(open_store(bucket, settings), key)

    def get(self, key: str) -> Stored | None:
        """Return an object, or None where there is none."""
        with self._answering("read", key):
            try:
                answer = obstore.get(self._store, self._prefix + key)
                return Stored(bytes(answer.bytes()), answer.meta["e_tag"] or "")
            except (exceptions.NotFoundError, FileNotFoundError):
                return None

    def create(self, key: str, data: bytes) -> bool:
        """Write an object that is not there yet; False where it is."""
        with self._answering("write", key):
            try:
                obstore.put(self._store, self._prefix + key, data, mode="create", use_multipart=False)
            except exceptions.AlreadyExistsError:
                return False
            return True

    def swap(self, key: str, data: bytes, etag: str | None) -> bool:
        """Write an object if its etag is still `etag`, None meaning that there is none; False where it is not."""
        if etag is None:
            return self.create(key, data)
        if isinstance(self._store, LocalStore):
            return self._swap_in_folder(self._store, key, data, etag)
        with self._answering("write", key):
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
            with self._answering("write", key):
                obstore.put(store, self._prefix + key, data)  # renamed into place: readers see the old or the new one
            return True

    def names(self, prefix: str) -> list[str]:
        """Return the keys below a prefix, sorted."""
        with self._answering("list", prefix):
            found = [meta["path"] for batch in obstore.list(self._store, self._prefix + prefix) for meta in batch]
        return sorted(path.removeprefix(self._prefix) for path in found)

    @contextmanager
    def _answering(self, verb: str, key: str) -> Iterator[None]:
        try:
            yield
        except (exceptions.BaseError, OSError) as error:
            raise named_error(error, f"cannot {verb} {self._prefix}{key}") from error
