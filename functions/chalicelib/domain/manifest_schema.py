"""Check each upload against the schema by which the job reads manifests.

So `collect` accepts no upload that would fail the whole batch it is in.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema

from contracts.photos import manifest
from contracts.photos.manifest import Photo

Check = Callable[[Any], Any]


def check(photo: Photo) -> None:
    """Raise ValueError if a manifest cannot hold the photo: a field is too long, has another type, or is no Unicode."""
    entry = manifest.entry(photo)
    _schema()(entry)
    for value in entry.values():
        str(value).encode()  # a lone surrogate cannot be encoded


@cache
def _schema() -> Check:
    found: Check = fastjsonschema.compile(manifest.schema()["definitions"]["photo"])
    return found
