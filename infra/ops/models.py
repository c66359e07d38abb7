"""The models that a stack has published: found by name, compared, and brought to this machine."""

from collections.abc import Iterator
from pathlib import Path

from contracts import models as names
from contracts.errors import GiveUp
from infra.ops.folders import made
from infra.ops.lake_objects import LakeObjects
from infra.ops.stack import Stack
from infra.ops.target import Target
from spark_app.models.card import ModelCard
from spark_app.models.store import ModelStore, sha256
from spark_app.pca import moments_state
from spark_app.pca.drift import Drift, compare
from spark_app.pca.fit import decode_model
from spark_app.stores.conditional_store import Objects

PICTURES = (names.SCREE_PICTURE, names.COMPONENTS_PICTURE, names.DRIFT_PICTURE)
LATEST = "latest"


def published(target: Target, stack: Stack) -> "Models":
    """Return the models of a deployed stack."""
    objects = LakeObjects(target.client("s3"), stack.lake_bucket, names.FOLDER)
    return Models(objects, f"s3://{stack.lake_bucket}/{names.FOLDER}")


class Models:
    """Published models, read only. Every file but the matrix is checked against its card."""

    def __init__(self, objects: Objects, place: str) -> None:
        self._objects, self.place = objects, place
        self._store = ModelStore(objects)

    def latest(self) -> str | None:
        """Return the version that the pointer names; None before the first model."""
        found = self._store.read_pointer()
        return found.pointer.version if found else None

    def cards(self) -> list[ModelCard]:
        """Return the cards of all versions, by the age of their rows, then by their own."""
        cards = [self._store.card(version) for version in self._store.versions()]
        return sorted(cards, key=lambda card: (card.sequence_number, card.created_at))

    def card(self, version: str = LATEST) -> ModelCard:
        """Return the card of a version, by its name, the beginning of its name, its number, or "latest".

        Raises:
            GiveUp: no version, or more than one, is meant; the message names those that there are.
        """
        latest, known = self.latest(), self._store.versions()
        if latest is None:
            raise GiveUp("there is no model yet: `fruits refit` fits one, once photos have their rows")
        if version == LATEST:
            return self._store.card(latest)
        meant = [name for name in known if name == version] or [name for name in known if _means(version, name)]
        if len(meant) != 1:
            problem = "means more than one version" if meant else "is no version"
            raise GiveUp(f"{version} {problem}; there are: {', '.join(meant or known)}")
        return self._store.card(meant[0])

    def read(self, card: ModelCard, name: str) -> bytes:
        """Return a file of a version. Raises GiveUp where it is missing or damaged."""
        found = self._objects.get(f"{card.version}/{name}")
        if found is None or name not in card.files:
            raise GiveUp(f"model {card.version} has no {name}")
        if sha256(found.data) != card.files[name]:
            raise GiveUp(f"{card.version}/{name} is damaged: its SHA-256 is not the one in {names.CARD}")
        return found.data

    def compare(self, before: ModelCard, after: ModelCard) -> Drift:
        """Compare two versions, over the photos that `after` was fitted on; no photo is read.

        Raises:
            GiveUp: they see features of two artifacts, which have no space in common.
        """
        if (before.artifact_sha256, before.width) != (after.artifact_sha256, after.width):
            raise GiveUp(
                f"{before.version} and {after.version} cannot be compared: their features come from two artifacts, "
                f"{before.artifact_sha256[:12]} ({before.backbone}) and {after.artifact_sha256[:12]} ({after.backbone})"
            )
        one, other = (decode_model(self.read(card, names.MODEL)) for card in (before, after))
        return compare(one, other, moments_state.decode(self.read(after, names.STATE)).moments)

    def download(self, card: ModelCard, target: Path) -> list[Path]:
        """Bring a version's card, pictures and matrix into a folder, and return the files.

        The matrix is one CSV, `matrix.csv`, and a folder of Parquet files, `matrix/`, that readers take as one table.
        """
        written = [_write(made(target) / names.CARD, card.to_json())]
        written += [_write(target / name, self.read(card, name)) for name in PICTURES if name in card.files]
        made(target / names.MATRIX)
        for part in self._parts(card, ".parquet"):
            written.append(_write(target / names.MATRIX / part.name, self._part(card, part)))
        return [*written, self._joined(card, target / f"{names.MATRIX}.csv")]

    def _joined(self, card: ModelCard, target: Path) -> Path:
        with target.open("wb") as joined:
            for number, part in enumerate(self._parts(card, ".csv")):
                header, _, rows = self._part(card, part).partition(b"\r\n")
                joined.write(rows if number else header + b"\r\n" + rows)
        return target

    def _parts(self, card: ModelCard, suffix: str) -> Iterator[Path]:
        found = map(Path, self._objects.names(f"{card.version}/{names.MATRIX}/"))
        return (path for path in found if path.suffix == suffix)

    def _part(self, card: ModelCard, part: Path) -> bytes:
        found = self._objects.get(str(part))
        if found is None:
            raise GiveUp(f"model {card.version} has lost {part.name}")
        return found.data


def _means(text: str, name: str) -> bool:
    return name.startswith(text) or name.partition("-")[0].lstrip("0") == text


def _write(target: Path, data: bytes) -> Path:
    target.write_bytes(data)
    return target
