"""Remove what refits that died have left below `models/pca/`: folders without a card, which no reader visits."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from contracts import models
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.listing import delete_objects, list_objects

_VERSION = re.compile(r"[0-9]{8,}-[0-9a-f]{1,8}")  # as `models.version_name` makes them; any other folder is left alone


def sweep(uri: str, settings: StoreSettings, before: datetime) -> tuple[list[str], int]:
    """Delete the files of unpublished versions below `uri`, none of which is younger than `before`.

    Returns the names of those versions, and how many files they had.

    Raises:
        RetryLater: the store does not answer.
        GiveUp: the store refuses.
    """
    gone = unpublished(list_objects(uri, settings), before)
    keys = [key for files in gone.values() for key in files]
    delete_objects(uri, settings, keys)
    return sorted(gone), len(keys)


def unpublished(objects: Iterable[tuple[str, datetime]], before: datetime) -> dict[str, list[str]]:
    """Return the keys of each version that has no card and nothing younger than `before` (pure).

    `objects` are keys relative to the models' folder, with the time of their last change. A refit under way has no card
    yet either, but its files are young.
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
