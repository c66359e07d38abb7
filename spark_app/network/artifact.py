"""The CNN as a folder with `card.json`, `model.tflite` and `weights.npz`, checked before it is used."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.errors import GiveUp
from spark_app.stores.buckets import StoreSettings
from spark_app.stores.objects import read_object

CARD, FLATBUFFER, WEIGHTS = "card.json", "model.tflite", "weights.npz"


@dataclass(frozen=True)
class ArtifactCard:
    """The description of an artifact. Features of two artifacts are never mixed: `artifact_sha256` tells them apart."""

    backbone: str
    input_size: int
    precision: str
    feature_width: int
    preprocessing: str
    artifact_sha256: str
    weights_sha256: str
    licence: str
    source: str
    versions: dict[str, str] = field(default_factory=dict)
    probe: list[float] = field(default_factory=list)
    calibration: dict[str, Any] | None = None

    def to_json(self) -> str:
        """Return the card as JSON with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: bytes) -> "ArtifactCard":
        """Read a card.

        Raises:
            GiveUp: it breaks `card.schema.json`; the message names the field.
        """
        try:
            return cls(**_card_check()(json.loads(text)))
        except ValueError as error:  # the schema's errors are ValueErrors too
            raise GiveUp(f"artifact: {CARD} is not a card: {error}. Export it again.") from error


@cache
def _card_check() -> Callable[[Any], dict[str, Any]]:
    import fastjsonschema  # only the driver has it, and a worker that unpickles a card does not need it

    text = resources.files("spark_app.network").joinpath("card.schema.json").read_text("utf-8")
    check: Callable[[Any], dict[str, Any]] = fastjsonschema.compile(json.loads(text))
    return check


@dataclass(frozen=True)
class Artifact:
    """A checked artifact. `weights` is None if they were not asked for."""

    card: ArtifactCard
    flatbuffer: bytes
    weights: bytes | None

    def weight_arrays(self) -> list[npt.NDArray[np.float32]]:
        """Return the weight arrays in Keras' order.

        Raises:
            GiveUp: the artifact was read without its weights.
        """
        if self.weights is None:
            raise GiveUp(f"artifact: {WEIGHTS} was not read")
        with np.load(io.BytesIO(self.weights), allow_pickle=False) as arrays:
            return [arrays[name] for name in sorted(arrays.files)]


def checked(card_json: bytes, flatbuffer: bytes, weights: bytes | None) -> Artifact:
    """Return the artifact, its bytes checked against the card's SHA-256.

    Raises:
        GiveUp: the card is no card, or a digest differs.
    """
    card = ArtifactCard.from_json(card_json)
    _same(FLATBUFFER, flatbuffer, card.artifact_sha256)
    if weights is not None:
        _same(WEIGHTS, weights, card.weights_sha256)
    return Artifact(card, flatbuffer, weights)


def _same(name: str, data: bytes, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise GiveUp(f"artifact: {name} has SHA-256 {found[:12]}…, its card says {expected[:12]}…. Export it again.")


def read(uri: str, store: StoreSettings, weights: bool) -> Artifact:
    """Read and check an artifact from a folder or an s3:// prefix.

    Raises:
        RetryLater, GiveUp: a file cannot be read.
        GiveUp: the files do not belong together.
    """
    base = uri.rstrip("/")
    parts = [read_object(f"{base}/{name}", store) for name in (CARD, FLATBUFFER)]
    return checked(parts[0], parts[1], read_object(f"{base}/{WEIGHTS}", store) if weights else None)


def load(folder: Path) -> Artifact:
    """Read and check an artifact, weights included, from a folder. Raises as `read` does."""
    return read(str(folder), StoreSettings(), weights=True)
