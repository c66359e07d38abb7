"""Export the matrix of a version: its file, the dictionary, and last the checksums, without which it is not whole."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from contracts.errors import GiveUp
from infra.ops.exports import dictionary, writing
from infra.ops.exports.formats import Format
from infra.ops.exports.parts import PartStore, columns, row_groups
from infra.ops.exports.places import Place
from infra.steps import Steps
from spark_app.models.card import ModelCard

SUMS = "SHA256SUMS"
"""A line a file, as `sha256sum --check` reads them."""
GROUP = 16_384
"""Rows of a row group as the refit writes them: what one step of the progress stands for."""


def export(
    store: PartStore, card: ModelCard, form: Format, place: Place, steps: Steps, *, replace: bool = False
) -> dict[str, Any]:
    """Write the matrix of a version, and return its data dictionary.

    Every file is made in a temporary folder first, so disk is needed as large as the matrix, and memory for one row
    group. `replace`: the files of an earlier export of this format may be there.

    Raises:
        GiveUp: the place holds something else, or the version's matrix is not whole.
    """
    _room(place, form, replace)
    with tempfile.TemporaryDirectory(prefix="fruits-export-") as folder:
        steps.begin(f"Writing {card.n:,} rows of {card.k:,} components", -(-card.n // GROUP))
        found, files = _written(store, card, form, Path(folder), steps)
        steps.end()
        steps.begin(f"Putting {len(files)} files into {place.name}", len(files))
        for file in files:
            place.put(file)
            steps.advance()
        steps.end()
    return found


def own_names(form: Format) -> set[str]:
    """Return the names of an export's files."""
    return {form.file, dictionary.FILE, SUMS}


def _room(place: Place, form: Format, replace: bool) -> None:
    held = place.held()
    others = [name for name in held if name not in own_names(form)]
    if others or (held and not replace):
        known = ", ".join(held[:3]) + (", …" if len(held) > 3 else "")
        hint = "give another --to" if others else "--replace writes it anew, or give another --to"
        raise GiveUp(f"{place.name} is not empty ({known}): {hint}")
    if SUMS in held:
        place.remove(SUMS)  # from here on it is not whole, whatever ends this


def _written(
    store: PartStore, card: ModelCard, form: Format, folder: Path, steps: Steps
) -> tuple[dict[str, Any], list[Path]]:
    matrix, described, sums = folder / form.file, folder / dictionary.FILE, folder / SUMS
    schema = columns(card.k).with_metadata(_origin(card))
    written = writing.write(_counted(row_groups(store, card), steps), schema, form, matrix)
    found = dictionary.document(card, written, form, writing.sha256(matrix), matrix.stat().st_size)
    described.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    lines = [f"{found['sha256']}  {matrix.name}", f"{writing.sha256(described)}  {described.name}"]
    sums.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found, [matrix, described, sums]


def _origin(card: ModelCard) -> dict[str, str]:
    """Return what a Parquet file says of itself, should it lose its dictionary."""
    named = {"model_version": card.version, "snapshot_id": card.snapshot_id, "artifact_sha256": card.artifact_sha256}
    return {f"fruits.{name}": str(value) for name, value in named.items()}


def _counted(groups: Iterable[pa.Table], steps: Steps) -> Iterator[pa.Table]:
    for group in groups:
        yield group
        steps.advance()
