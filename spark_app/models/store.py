"""Published models: versions that never change, and a pointer that only moves forward.

Readers follow the pointer, so they see either the whole old or the whole new model. `contracts.models` has the layout.
"""

import hashlib
from dataclasses import dataclass, replace

from contracts import models
from contracts.errors import GiveUp, RetryLater
from contracts.models import Pointer
from spark_app.models.card import ModelCard
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.conditional_store import ConditionalStore, Objects, ReadableObjects

_MOVES = 20  # each lost move means that a refit of an older snapshot won: two in a row would be a lot


@dataclass(frozen=True)
class StoredPointer:
    """The pointer as it was read, with the etag that a conditional write of it needs."""

    pointer: Pointer
    etag: str


@dataclass(frozen=True)
class Published:
    """A version whose card has been checked; each file is checked when it is read."""

    pointer: Pointer
    card: ModelCard
    objects: ReadableObjects

    def read(self, name: str) -> bytes:
        """Return one of the version's files.

        Raises:
            GiveUp: the version has no such file, or its bytes are not those that its card names.
        """
        return read_file(self.objects, self.card, name)


class ModelReader:
    """The folder `models/pca/` of a store, to read."""

    def __init__(self, objects: ReadableObjects) -> None:
        self.objects = objects

    def read_pointer(self) -> StoredPointer | None:
        """Read the pointer; None before the first model.

        Raises:
            GiveUp: the object is no pointer.
        """
        found = self.objects.get(models.POINTER)
        if found is None:
            return None
        try:
            return StoredPointer(models.decode(found.data), found.etag)
        except ValueError as error:
            raise GiveUp(f"{error}. Restore an older version of it, or remove it and refit.") from error

    def latest(self) -> Published | None:
        """Return the latest model; None before the first one.

        Raises:
            GiveUp: the pointer, or the card that it names, is damaged or missing.
        """
        found = self.read_pointer()
        if found is None:
            return None
        card = self._card(found.pointer.version)
        if sha256(card) != found.pointer.card_sha256:
            raise GiveUp(f"the card of model {found.pointer.version} is not the one that {models.POINTER} names")
        return Published(found.pointer, ModelCard.from_json(card), self.objects)

    def card(self, version: str) -> ModelCard:
        """Return a version's card.

        Raises:
            GiveUp: there is none, so there is no such version.
        """
        return ModelCard.from_json(self._card(version))

    def _card(self, version: str) -> bytes:
        found = self.objects.get(f"{version}/{models.CARD}")
        if found is None:
            raise GiveUp(f"there is no model {version}: it has no {models.CARD}")
        return found.data

    def versions(self) -> list[str]:
        """Return the names of all versions, oldest first."""
        suffix = f"/{models.CARD}"
        return [name.removesuffix(suffix) for name in self.objects.names("") if name.endswith(suffix)]


class ModelStore(ModelReader):
    """The folder `models/pca/` of a store, to read and to publish into."""

    objects: Objects

    def __init__(self, objects: Objects) -> None:
        super().__init__(objects)

    @classmethod
    def at(cls, uri: str, settings: StoreSettings) -> "ModelStore":
        """Open `s3://bucket/models/pca`, a `file://` URL or a path."""
        return cls(ConditionalStore.at(uri, settings))

    def put(self, version: str, name: str, data: bytes) -> None:
        """Write a file of a version, once.

        Raises:
            GiveUp: it exists already, and differs.
        """
        key = f"{version}/{name}"
        if not self.objects.create(key, data):
            found = self.objects.get(key)  # the client may have sent it twice, if the first reply was lost
            if found is None or found.data != data:
                raise GiveUp(f"{key} is there already: a version never changes")

    def move_pointer(self, pointer: Pointer) -> bool:
        """Point to a version, and count the move; False if a model of a newer snapshot is there, or came first.

        Raises:
            GiveUp: the version has no card, or not the one that the pointer names.
            RetryLater: others moved the pointer each time.
        """
        if sha256(self._card(pointer.version)) != pointer.card_sha256:
            raise GiveUp(f"the card of model {pointer.version} is not the one that its pointer names")
        seen = self.read_pointer()
        if seen is not None and seen.pointer.sequence_number > pointer.sequence_number:
            return False
        for _ in range(_MOVES):
            generation = 1 if seen is None else seen.pointer.generation + 1
            moved = models.encode(replace(pointer, generation=generation))
            if self.objects.swap(models.POINTER, moved, None if seen is None else seen.etag):
                return True
            seen = self.read_pointer()
            if seen is not None and seen.pointer.version == pointer.version:
                return True  # our move won; only the reply was lost
            if seen is not None and seen.pointer.sequence_number >= pointer.sequence_number:
                return False
        raise RetryLater(f"{models.POINTER} was moved by others {_MOVES} times")


def read_file(objects: ReadableObjects, card: ModelCard, name: str) -> bytes:
    """Return a file of the version of a card.

    Raises:
        GiveUp: the version has no such file, or its bytes are not those that the card names.
    """
    key = f"{card.version}/{name}"
    found, expected = objects.get(key), card.files.get(name)
    if found is None or expected is None:
        raise GiveUp(f"model {card.version} has no {name}")
    if sha256(found.data) != expected:
        raise GiveUp(f"{key} is damaged: its SHA-256 is not the one in {models.CARD}. Refit with --full.")
    return found.data


def sha256(data: bytes) -> str:
    """Return the hex digest by which cards and pointers name bytes."""
    return hashlib.sha256(data).hexdigest()
