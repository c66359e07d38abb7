"""What was published stays readable: a later release adds fields with a default, and leaves out none."""

import json
from dataclasses import MISSING, Field, fields
from typing import Any

import pytest

from contracts import models
from contracts.errors import GiveUp
from contracts.models import Pointer
from spark_app.models.card import ModelCard

# The fields of the first release that published. A field that is not listed here needs a default.
POINTER = (
    "version generation sequence_number snapshot_id artifact_sha256 backbone table card_sha256 reduced "
    "reduced_snapshot_id"
)
CARD = (
    "version created_at table snapshot_id sequence_number backbone artifact_sha256 n width k mode why rows_inserted "
    "rows_deleted left_out settings explained components_for shares notes previous drift suggestions matrix "
    "reduced files"
)


def published(names: str) -> bytes:
    return json.dumps(dict.fromkeys(names.split())).encode()


def has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


@pytest.mark.parametrize(("kind", "names"), [(Pointer, POINTER), (ModelCard, CARD)], ids=["pointer", "card"])
def test_what_the_first_release_published_can_be_read(kind: Any, names: str) -> None:
    read = models.decode if kind is Pointer else ModelCard.from_json

    assert isinstance(read(published(names)), kind)
    assert [field.name for field in fields(kind) if field.name not in names.split() and not has_default(field)] == []


@pytest.mark.parametrize("kind", [Pointer, ModelCard], ids=["pointer", "card"])
def test_a_field_with_a_default_may_be_missing_and_one_of_a_later_release_is_passed_over(kind: Any) -> None:
    read, names = (models.decode, POINTER) if kind is Pointer else (ModelCard.from_json, CARD)
    optional = {field.name for field in fields(kind) if has_default(field)}

    without = read(published(" ".join(name for name in names.split() if name not in optional)))
    later = read(published(f"{names} of_a_later_release"))

    assert isinstance(without, kind)
    assert not hasattr(later, "of_a_later_release")


@pytest.mark.parametrize("kind", [Pointer, ModelCard], ids=["pointer", "card"])
def test_a_field_without_a_default_must_be_there(kind: Any) -> None:
    read, names, error = (
        (models.decode, POINTER, ValueError) if kind is Pointer else (ModelCard.from_json, CARD, GiveUp)
    )

    with pytest.raises(error, match="version"):
        read(published(names.removeprefix("version ")))
