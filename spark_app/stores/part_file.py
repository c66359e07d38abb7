"""A file of an object store as Python's files are, for whoever writes a part as it grows."""

import io
from typing import Any

import obstore
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.objects import StoreSettings, open_store, place_of


class PartFile(io.RawIOBase):
    """A file below an `s3://` or `file://` URI. Only `finish` makes it appear: a failed task leaves none."""

    def __init__(self, uri: str, settings: StoreSettings, name: str) -> None:
        folder, bucket, prefix = place_of(uri)
        if folder is not None:
            store: ObjectStore = LocalStore(folder, mkdir=True)
        else:
            store, name = open_store(bucket, settings), f"{prefix}/{name}"
        self._file = obstore.open_writer(store, name)

    def writable(self) -> bool:
        """Return True: it can be written to, and nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Add bytes at the end; return how many."""
        with memoryview(data) as view:
            self._file.write(bytes(view))
            return view.nbytes

    def finish(self) -> None:
        """Make the file appear, whole."""
        self._file.close()
