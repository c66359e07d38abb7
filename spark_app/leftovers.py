"""What refits that died have left below `models/pca/`: folders of versions without a card, which no reader looks at."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import obstore
from obstore import exceptions
from obstore.store import LocalStore

from infra.contracts import models
from spark_app.objects import StoreSettings, named_error, open_store, place_of

_VERSION = re.compile(r"[0-9]{8,}-[0-9a-f]{1,8}")  # as `models.version_name` makes them; other folders are not ours


def sweep(uri: str, settings: StoreSettings, before: datetime) -> tuple[list[str], int]:
    """Delete the files of unpublished versions below `uri`, none of which is younger than `before`.

    Returns the versions' names and how many files they had.

    Raises:
        RetryLater: the store does not answer.
        GiveUp: it refuses.
    """
    folder, bucket, prefix = place_of(uri)
    if folder is not None and not Path(folder).is_dir():
        return [], 0
    root = "" if folder is not None else f"{prefix.strip('/')}/"
    try:
        store = LocalStore(folder) if folder is not None else open_store(bucket, settings)
        listed = (meta for batch in obstore.list(store, root or None) for meta in batch)
        gone = unpublished(((meta["path"].removeprefix(root), meta["last_modified"]) for meta in listed), before)
        keys = [f"{root}{key}" for files in gone.values() for key in files]
        if keys:
            obstore.delete(store, keys)
    except (exceptions.BaseError, OSError) as error:
        raise named_error(error, f"cannot sweep {uri}") from error
    return sorted(gone), len(keys)


def unpublished(objects: Iterable[tuple[str, datetime]], before: datetime) -> dict[str, list[str]]:
    """Return the keys of each version that has no card and nothing younger than `before` (pure).

    `objects` are keys relative to the models' folder, with the time of their last change. A refit that is under way
    has no card yet either: its files are young.
    """
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for key, changed in objects:
        version, slash, _ = key.partition("/")
        if slash and _VERSION.fullmatch(version):
            found[version].append((key, changed))
    return {
        version: [key for key, _ in files]
        for version, files in sorted(found.items())
        if (f"{version}/{models.CARD}" not in {key for key, _ in files})
        and all(changed < before for _, changed in files)
    }
