"""List all objects below a URI with their age, and delete some."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.buckets import StoreSettings, open_store
from spark_app.stores.failures import translate_errors
from spark_app.stores.uris import split_uri


def list_objects(uri: str, settings: StoreSettings) -> list[tuple[str, datetime]]:
    """Return the key, relative to `uri`, and the time of the last change of every object below it.

    A missing folder has no objects.

    Raises:
        RetryLater: the store does not answer.
        GiveUp: the store refuses.
    """
    folder, _, _ = split_uri(uri)
    if folder is not None and not Path(folder).is_dir():
        return []
    with translate_errors(f"cannot list {uri}"):
        store, root = _open(uri, settings)
        listed = (meta for batch in obstore.list(store, root or None) for meta in batch)
        return [(meta["path"].removeprefix(root), meta["last_modified"]) for meta in listed]


def delete_objects(uri: str, settings: StoreSettings, keys: Sequence[str]) -> None:
    """Delete objects by their keys, relative to `uri`. Raises as `list_objects`."""
    if not keys:
        return
    with translate_errors(f"cannot delete below {uri}"):
        store, root = _open(uri, settings)
        obstore.delete(store, [f"{root}{key}" for key in keys])


def _open(uri: str, settings: StoreSettings) -> tuple[ObjectStore, str]:
    """Open the store of a URI; also return the prefix of the keys below it."""
    folder, bucket, prefix = split_uri(uri)
    if folder is not None:
        return LocalStore(folder), ""
    return open_store(bucket, settings), f"{prefix.strip('/')}/"
