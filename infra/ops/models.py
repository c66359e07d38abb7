"""The models that a stack has published: find one by name, compare two, download one."""

from collections.abc import Iterator
from pathlib import Path

from contracts import models
from contracts.errors import GiveUp
from infra.ops.folders import make_folder
from infra.ops.lake_objects import LakeObjects
from infra.ops.stack import Stack
from infra.ops.target import Target
from spark_app.models.card import ModelCard
from spark_app.models.store import ModelReader, read_file
from spark_app.pca import moments_state
from spark_app.pca.drift import Drift, compare
from spark_app.pca.fit import decode_model
from spark_app.stores.conditional_store import ReadableObjects

LATEST = "latest"


def open_models(target: Target, stack: Stack) -> "Models":
    """Open the models of a deployed stack; nothing is read yet."""
    objects = LakeObjects(target.client("s3"), stack.lake_bucket, models.FOLDER)
    return Models(objects, f"s3://{stack.lake_bucket}/{models.FOLDER}")


class Models:
    """Published models, to read. Every file except the matrix is checked against its card."""

    def __init__(self, objects: ReadableObjects, place: str) -> None:
        self._objects, self.place = objects, place
        self._store = ModelReader(objects)

    def latest(self) -> str | None:
        """Return the name of the version that the pointer names; None before the first model."""
        found = self._store.read_pointer()
        return found.pointer.version if found else None

    def cards(self) -> list[ModelCard]:
        """Return the cards of all versions, ordered by the age of their rows, then by their own age."""
        cards = [self._store.card(version) for version in self._store.versions()]
        return sorted(cards, key=lambda card: (card.sequence_number, card.created_at))

    def card(self, version: str = LATEST) -> ModelCard:
        """Return the card of the version with this name, beginning of a name, or number; or of the "latest".

        Raises:
            GiveUp: no version matches, or more than one; the message lists the versions that exist.
        """
        latest, known = self.latest(), self._store.versions()
        if latest is None:
            raise GiveUp("there is no model yet: `fruits refit` fits one, once photos have their rows")
        if version == LATEST:
            return self._store.card(latest)
        matching = [name for name in known if name == version] or [name for name in known if _matches(version, name)]
        if len(matching) != 1:
            problem = "means more than one version" if matching else "is no version"
            raise GiveUp(f"{version} {problem}; there are: {', '.join(matching or known)}")
        return self._store.card(matching[0])

    def read(self, card: ModelCard, name: str) -> bytes:
        """Return the bytes of a version's file. Raises GiveUp where it is missing or damaged."""
        return read_file(self._objects, card, name)

    def compare(self, before: ModelCard, after: ModelCard) -> Drift:
        """Compare two versions over the photos that `after` was fitted on; reads no photo.

        Raises:
            GiveUp: they were fitted on features of two artifacts, which share no space.
        """
        if (before.artifact_sha256, before.width) != (after.artifact_sha256, after.width):
            raise GiveUp(
                f"{before.version} and {after.version} cannot be compared: their features come from two artifacts, "
                f"{before.artifact_sha256[:12]} ({before.backbone}) and {after.artifact_sha256[:12]} ({after.backbone})"
            )
        one, other = (decode_model(self.read(card, models.MODEL)) for card in (before, after))
        return compare(one, other, moments_state.decode(self.read(after, models.STATE)).moments)

    def download(self, card: ModelCard, target: Path) -> list[Path]:
        """Write a version's card, pictures and matrix into a folder; return the files.

        The matrix becomes one CSV, `matrix.csv`, and a folder of Parquet files, `matrix/`, which readers take as one
        table.
        """
        written = [_write(make_folder(target) / models.CARD, card.to_json())]
        written += [_write(target / name, self.read(card, name)) for name in models.PICTURES if name in card.files]
        make_folder(target / models.MATRIX)
        for part in self._parts(card, ".parquet"):
            written.append(_write(target / models.MATRIX / part.name, self._part(card, part)))
        return [*written, self._join_csv(card, target / f"{models.MATRIX}.csv")]

    def _join_csv(self, card: ModelCard, target: Path) -> Path:
        with target.open("wb") as joined:
            for number, part in enumerate(self._parts(card, ".csv")):
                header, _, rows = self._part(card, part).partition(b"\r\n")
                joined.write(rows if number else header + b"\r\n" + rows)
        return target

    def _parts(self, card: ModelCard, suffix: str) -> Iterator[Path]:
        found = map(Path, self._objects.names(f"{card.version}/{models.MATRIX}/"))
        return (path for path in found if path.suffix == suffix)

    def _part(self, card: ModelCard, part: Path) -> bytes:
        found = self._objects.get(str(part))
        if found is None:
            raise GiveUp(f"model {card.version} has lost {part.name}")
        return found.data


def _matches(text: str, name: str) -> bool:
    return name.startswith(text) or name.partition("-")[0].lstrip("0") == text


def _write(target: Path, data: bytes) -> Path:
    target.write_bytes(data)
    return target
