"""Publish a version: its files, then its card, then the table, then the pointer. No step shows half a model.

Without its card a version does not exist, and until the pointer moves readers find the old one. A run that dies in
between leaves files that no reader finds, and the next run publishes a version of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contracts import models
from contracts.models import Pointer
from spark_app.lake.reduced import Staged
from spark_app.models.card import ModelCard
from spark_app.models.store import ModelStore, sha256


def publish(
    store: ModelStore, card: ModelCard, files: Mapping[str, bytes], staged: Staged, show: Callable[[Staged], bool]
) -> bool:
    """Publish a version whose matrix is staged; False if a model of a newer snapshot came first.

    `show` makes the staged rows the table's content, and returns whether it did.

    Raises:
        RetryLater, GiveUp: readers still see the old model. The next run publishes another version.
    """
    for name in sorted(files):
        store.put(card.version, name, files[name])
    whole = replace(card, files={name: sha256(data) for name, data in files.items()}).to_json()
    store.put(card.version, models.CARD, whole)
    return show(staged) and store.move_pointer(_pointer(card, whole, staged))


def _pointer(card: ModelCard, card_bytes: bytes, staged: Staged) -> Pointer:
    return Pointer(
        version=card.version,
        generation=0,  # the store counts it when it moves the pointer
        sequence_number=card.sequence_number,
        snapshot_id=card.snapshot_id,
        artifact_sha256=card.artifact_sha256,
        backbone=card.backbone,
        table=card.table,
        card_sha256=sha256(card_bytes),
        reduced=staged.table,
        reduced_snapshot_id=staged.snapshot_id,
    )
