"""Read and check a batch's manifest before any other work. A bad entry fails alone, and never its batch."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import fastjsonschema

from contracts.errors import GiveUp
from contracts.photos import manifest as contract
from contracts.photos.manifest import Manifest, Photo

Check = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry that names its photo, but has another field that is wrong. `fields` holds the sound ones."""

    line: int
    photo_id: str
    fields: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that names no photo of its own. `reason` names a field, never its value: a key is personal data."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch(Manifest):
    """A manifest's entries by kind. Each line after the header is in exactly one of the three."""

    malformed: tuple[Malformed, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def photo_ids(self) -> list[str]:
        """Return the ids of the photos that the manifest names, each of them once."""
        return [*(photo.photo_id for photo in self.photos), *(entry.photo_id for entry in self.malformed)]

    def flaws(self) -> list[str]:
        """Return a sentence for each bad line, in the order of the lines."""
        odd: list[Malformed | Unreadable] = [*self.malformed, *self.unreadable]
        odd.sort(key=lambda entry: entry.line)
        return [f"line {entry.line}: {entry.reason}" for entry in odd]


def decode(data: bytes) -> Batch:
    """Parse a manifest's bytes.

    Raises:
        GiveUp: the header is wrong, or the file holds more or fewer entries than it says.
    """
    lines = data.splitlines()
    if not lines:
        raise GiveUp("manifest: the file is empty; line 1 must be the header")
    header = _header(lines[0])
    if len(lines) - 1 != header["photos"]:
        raise GiveUp(
            f"manifest: line 1, field photos: the header says {header['photos']}, the file holds {len(lines) - 1}"
        )
    entries = [_entry(number, line) for number, line in enumerate(lines[1:], start=2)]
    return _sorted_out(header["batch_id"], entries)


def _sorted_out(batch_id: str, entries: list[Photo | Malformed | Unreadable]) -> Batch:
    # Sound entries first: a malformed entry that names the photo of a sound one must not displace it.
    first: dict[str, int] = {}
    repeats = [*_repeats(entries, Photo, first), *_repeats(entries, Malformed, first)]
    again = {repeat.line for repeat in repeats}
    kept = [entry for line, entry in enumerate(entries, start=2) if line not in again]
    return Batch(
        batch_id,
        tuple(entry for entry in kept if isinstance(entry, Photo)),
        tuple(entry for entry in kept if isinstance(entry, Malformed)),
        (*(entry for entry in kept if isinstance(entry, Unreadable)), *repeats),
    )


def _repeats(
    entries: list[Photo | Malformed | Unreadable], kind: type[Photo | Malformed], first: dict[str, int]
) -> Iterator[Unreadable]:
    for line, entry in enumerate(entries, start=2):
        if isinstance(entry, kind) and (before := first.setdefault(entry.photo_id, line)) != line:
            yield Unreadable(line, f"field photo_id: the same photo as line {before}")


def _header(line: bytes) -> dict[str, Any]:
    try:
        return dict(_check("header")(json.loads(line)))
    except (ValueError, RecursionError) as error:
        raise GiveUp(f"manifest: line 1: {_reason(error)}") from error


def _entry(line: int, data: bytes) -> Photo | Malformed | Unreadable:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        return Unreadable(line, _reason(error))
    if not isinstance(found, dict):
        return Unreadable(line, "the whole line: no JSON object")
    fields, flaws = _fields(found)
    if "photo_id" not in fields:
        return Unreadable(line, flaws["photo_id"])
    if flaws:
        reason = "; ".join(flaws[name] for name in sorted(flaws))
        return Malformed(line, fields["photo_id"], fields, reason)
    return _identified(line, Photo(**fields))


def _identified(line: int, photo: Photo) -> Photo | Unreadable:
    # A photo's id is derived from its bucket, key and version. Any other id may belong to a photo of this very batch.
    written = {photo.version_id, None if photo.version_id == "null" else photo.version_id}
    if photo.photo_id not in {contract.photo_id(photo.bucket, photo.key, version) for version in written}:
        return Unreadable(line, "field photo_id: not the name of this bucket, key and version")
    if photo.version_id == "null":  # so S3 names the version of an object that has none
        return replace(photo, version_id=None)
    return photo


def _fields(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the sound fields, and what is wrong with the others.

    An unknown field is passed over: it comes from a later release, and is no fault of the photo.
    """
    fields: dict[str, Any] = {}
    flaws: dict[str, str] = {}
    for name in _names():
        try:
            if name in found:
                fields[name] = _usable(name, found[name])
            elif name in _definition("photo")["required"]:
                flaws[name] = f"field {name}: is not there"
        except ValueError as error:  # a UnicodeError is one too
            flaws[name] = _reason(error, name)
    return fields, flaws


def _usable(name: str, value: Any) -> Any:
    checked = _check("photo", name)(value)
    if isinstance(checked, str):
        checked.encode()  # JSON allows half a surrogate pair, a column does not
    return int(checked) if isinstance(checked, float) else checked  # to JSON Schema, 5.0 is an integer


def _definition(name: str) -> dict[str, Any]:
    return dict(_definitions()[name])


@cache
def _definitions() -> dict[str, Any]:
    return dict(contract.schema()["definitions"])


@cache
def _names() -> tuple[str, ...]:
    return tuple(_definition("photo")["properties"])


@cache
def _check(definition: str, field: str | None = None) -> Check:
    rules = _definition(definition)
    check: Check = fastjsonschema.compile(rules["properties"][field] if field else rules)
    return check


def _reason(error: Exception, field: str | None = None) -> str:
    if isinstance(error, fastjsonschema.JsonSchemaValueException):
        where = field or ".".join(str(part) for part in error.path[1:])
        named = f"field {where or 'the whole line'}"
        # `rule_definition` and not the message: the message may quote the value.
        return f"{named}: breaks the rule {error.rule}: {error.rule_definition!r}"
    return f"field {field}: {type(error).__name__}" if field else f"not JSON ({type(error).__name__})"
