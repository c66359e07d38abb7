"""An object of a store, with the interface of Python's files, for a reader that looks at parts of it only."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
from obstore.store import ObjectStore

from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.failures import job_error
from spark_app.stores.uris import of_location, split_uri


class ReadableFile(io.RawIOBase):
    """An object of a known size in bytes. Each `read` asks the store for one range; nothing is kept."""

    def __init__(self, store: ObjectStore, key: str, size: int) -> None:
        self._store, self._key, self._size, self._at = store, key, size, 0

    def readable(self) -> bool:
        """Return True: the file can be read."""
        return True

    def seekable(self) -> bool:
        """Return True: the file can be read from any place."""
        return True

    def tell(self) -> int:
        """Return the place that the next `read` begins at."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the start, the present place or the end; return it."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def read(self, size: int = -1) -> Any:
        """Return at most `size` bytes, all that are left by default; what is returned has Python's buffer interface.

        Raises:
            GiveUp: the object is missing, or may not be read.
            RetryLater: the store does not answer.
        """
        left = max(0, self._size - self._at)
        wanted = left if size < 0 else min(size, left)
        if not wanted:
            return b""
        try:
            found = obstore.get_range(self._store, self._key, start=self._at, length=wanted)
        except Exception as error:
            raise job_error(error, f"cannot read {self._key}") from error
        self._at += wanted
        return found


def opener(settings: StoreSettings) -> Callable[[str, int], Path | ReadableFile]:
    """Return what opens a data file by its location in Iceberg and its size in bytes: a path, or an object of S3.

    Each bucket's store is made once, so connections are used again.
    """
    stores: dict[str, ObjectStore] = {}

    def open_file(uri: str, size: int) -> Path | ReadableFile:
        path, bucket, key = split_uri(of_location(uri))
        if path is not None:
            return path
        if bucket not in stores:
            stores[bucket] = open_store(bucket, settings)
        return ReadableFile(stores[bucket], key, size)

    return open_file
