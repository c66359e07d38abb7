"""All objects below a URI: listed with their age, and deleted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore

from spark_app.stores.objects import StoreSettings, named_error, open_store, place_of


def list_objects(uri: str, settings: StoreSettings) -> list[tuple[str, datetime]]:
    """Return key, relative to `uri`, and time of the last change of every object below it; none of a missing folder.

    Raises:
        RetryLater: the store does not answer.
        GiveUp: it refuses.
    """
    folder, _, _ = place_of(uri)
    if folder is not None and not Path(folder).is_dir():
        return []
    with _answering(f"cannot list {uri}"):
        store, root = _opened(uri, settings)
        listed = (meta for batch in obstore.list(store, root or None) for meta in batch)
        return [(meta["path"].removeprefix(root), meta["last_modified"]) for meta in listed]


def delete_objects(uri: str, settings: StoreSettings, keys: Sequence[str]) -> None:
    """Delete objects by their keys, relative to `uri`. Raises as `list_objects`."""
    if not keys:
        return
    with _answering(f"cannot delete below {uri}"):
        store, root = _opened(uri, settings)
        obstore.delete(store, [f"{root}{key}" for key in keys])


def _opened(uri: str, settings: StoreSettings) -> tuple[ObjectStore, str]:
    """Return the store, and what keys in it begin with."""
    folder, bucket, prefix = place_of(uri)
    if folder is not None:
        return LocalStore(folder), ""
    return open_store(bucket, settings), f"{prefix.strip('/')}/"


@contextmanager
def _answering(what: str) -> Iterator[None]:
    try:
        yield
    except (exceptions.BaseError, OSError) as error:
        raise named_error(error, what) from error
