"""Read and check a batch's manifest before anything else is spent on it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema

from infra.contracts import manifest as contract
from infra.contracts.manifest import Manifest, Photo
from spark_app.errors import GiveUp

Check = Callable[[Any], Any]


def decode(data: bytes) -> Manifest:
    """Parse a manifest's bytes.

    Raises:
        GiveUp: the manifest breaks its schema; the message names the line (from 1) and the field.
    """
    lines = data.splitlines()
    if not lines:
        raise GiveUp("manifest: the file is empty; line 1 must be the header")
    header = _checked(1, lines[0], _check("header"))
    photos = tuple(Photo(**_checked(n, line, _check("photo"))) for n, line in enumerate(lines[1:], start=2))
    if len(photos) != header["photos"]:
        raise GiveUp(
            f"manifest: line 1, field photos: the header says {header['photos']}, the file holds {len(photos)}"
        )
    _refuse_repeats(photos)
    return Manifest(batch_id=header["batch_id"], photos=photos)


@cache
def _check(definition: str) -> Check:
    check: Check = fastjsonschema.compile(contract.schema()["definitions"][definition])
    return check


def _checked(number: int, line: bytes, check: Check) -> dict[str, Any]:
    try:
        return dict(check(json.loads(line)))
    except (ValueError, UnicodeDecodeError) as error:
        # fastjsonschema's error is a ValueError too, and knows the field.
        raise GiveUp(f"manifest: line {number}: {_field(error)}") from error


def _field(error: Exception) -> str:
    if isinstance(error, fastjsonschema.JsonSchemaValueException):
        field = ".".join(str(part) for part in error.path[1:]) or "the whole line"
        # `rule_definition` and not the message: the message may quote the value, and a key is personal data.
        return f"field {field}: breaks the rule {error.rule}: {error.rule_definition!r}"
    return f"not JSON ({type(error).__name__})"


def _refuse_repeats(photos: tuple[Photo, ...]) -> None:
    seen: dict[str, int] = {}
    for number, photo in enumerate(photos, start=2):
        first = seen.setdefault(photo.photo_id, number)
        if first != number:
            raise GiveUp(f"manifest: line {number}, field photo_id: the same photo as line {first}")
