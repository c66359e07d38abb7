"""A small published version, laid out as the refit lays it out: its card, and its matrix in Parquet parts."""

from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts import models
from contracts.errors import GiveUp
from contracts.models import Pointer
from infra.ops.exports.parts import columns
from spark_app.models.card import ModelCard
from spark_app.models.store import ModelStore, sha256

VERSION = "00000003-aaaa1111"


class FolderParts:
    """`PartStore` over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, prefix: str) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in (self.folder / prefix).glob("*"))

    def save(self, key: str, target: Path) -> None:
        try:
            target.write_bytes((self.folder / key).read_bytes())
        except OSError as error:
            raise GiveUp(f"{key} cannot be read") from error


def rows_of(labels: Sequence[str | None], k: int, first: int = 0) -> pa.Table:
    ids = [md5(str(number).encode()).hexdigest() for number in range(first, first + len(labels))]  # noqa: S324  as ids look
    values = np.random.default_rng(first).normal(size=(k, len(labels))).astype(np.float32)
    return pa.Table.from_arrays(
        [pa.array(ids), pa.array(labels, pa.string()), *map(pa.array, values)], schema=columns(k)
    )


def card_of(parts: Sequence[pa.Table], width: int, **changed: Any) -> ModelCard:
    rows = sum(map(len, parts))
    files = [f"{models.MATRIX}/part-{number:05d}.{end}" for number in range(len(parts)) for end in ("csv", "parquet")]
    facts: dict[str, Any] = {
        "version": VERSION, "created_at": "2026-11-24T22:00:00+00:00", "table": "fruits.db.photos", "snapshot_id": 42,
        "sequence_number": 3, "backbone": "net", "artifact_sha256": "a" * 64, "n": rows, "width": 9, "k": width,
        "mode": "full", "why": "there is no model yet", "rows_inserted": rows, "rows_deleted": 0, "left_out": {},
        "settings": {"standardize": False}, "explained": 0.95, "components_for": {}, "shares": [0.95 / width] * width,
        "notes": [], "previous": None, "drift": None, "suggestions": None,
        "matrix": {"rows": rows, "files": files}, "reduced": "fruits.db.reduced",
    }  # fmt: skip
    return ModelCard(**{**facts, **changed})


def write_parts(folder: Path, card: ModelCard, parts: Sequence[pa.Table]) -> None:
    place = folder / card.version / models.MATRIX
    place.mkdir(parents=True)
    for number, part in enumerate(parts):
        pq.write_table(part, place / f"part-{number:05d}.parquet", row_group_size=16_384)


def publish(store: ModelStore, card: ModelCard, parts: Sequence[pa.Table]) -> None:
    for number, part in enumerate(parts):
        sink = pa.BufferOutputStream()
        pq.write_table(part, sink)
        for end, data in (("parquet", sink.getvalue().to_pybytes()), ("csv", b"")):
            store.put(card.version, f"{models.MATRIX}/part-{number:05d}.{end}", data)
    written = card.to_json()
    store.put(card.version, models.CARD, written)
    pointer = Pointer(card.version, 0, card.sequence_number, 42, "a" * 64, "net", card.table, sha256(written), "r", 1)
    assert store.move_pointer(pointer)
