"""What a manifest may say of a photo: `collect` holds each upload against the schema that the job reads by.

So no upload is accepted that would end the batch it is in.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema

from contracts.photos import manifest
from contracts.photos.manifest import Photo

Check = Callable[[Any], Any]


def check(photo: Photo) -> None:
    """Raise ValueError if a manifest could not name the photo: a field is too long, of another type, or no Unicode."""
    entry = manifest.entry(photo)
    _schema()(entry)
    for value in entry.values():
        str(value).encode()  # half of a surrogate pair is no text that a manifest could hold


@cache
def _schema() -> Check:
    found: Check = fastjsonschema.compile(manifest.schema()["definitions"]["photo"])
    return found
