"""A file of an object store, with the interface of Python's files, for a part that is written as it grows."""

import io
from typing import Any

import obstore
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.uris import split_uri


class PartFile(io.RawIOBase):
    """A file below an `s3://` or `file://` URI. Only `finish` makes it appear: a failed task leaves none.

    `size` is its number of bytes so far.
    """

    def __init__(self, uri: str, settings: StoreSettings, name: str) -> None:
        folder, bucket, prefix = split_uri(uri)
        if folder is not None:
            store: ObjectStore = LocalStore(folder, mkdir=True)
        else:
            store, name = open_store(bucket, settings), f"{prefix}/{name}"
        self._file = obstore.open_writer(store, name)
        self.size = 0

    def writable(self) -> bool:
        """Return True: the file can be written."""
        return True

    def write(self, data: Any) -> int:
        """Append bytes; return their number."""
        with memoryview(data) as view:
            self._file.write(bytes(view))
            self.size += view.nbytes
            return view.nbytes

    def finish(self) -> None:
        """Complete the file: from now on readers see it, whole."""
        self._file.close()
