"""The data dictionary of an export: what each column is, and of which model, snapshot and artifact. Pure."""

from typing import Any

from infra.ops.exports.formats import Format
from infra.ops.exports.formulas import SIGNS
from infra.ops.exports.writing import Written
from spark_app.models.card import ModelCard

FILE = "dictionary.json"
_DIALECT = {
    "encoding": "UTF-8 with a byte order mark",
    "separator": ",",
    "decimal": ".",
    "line_end": "CRLF",
    "quote": '"',
    "null": "an empty field without quotes",
    "formulas": f"a label that begins with one of {' '.join(map(repr, SIGNS))} has an apostrophe in front",
}


def document(card: ModelCard, written: Written, form: Format, sha256: str, size: int) -> dict[str, Any]:
    """Return the dictionary as JSON's values. `sha256` and `size` (bytes) are those of the matrix's file."""
    found = {
        "file": form.file,
        "format": form.value,
        "sha256": sha256,
        "bytes": size,
        "rows": written.rows,
        "rows_without_label": written.unlabelled,
        "columns": _columns(card),
        "model_version": card.version,
        "fitted_at": card.created_at,
        "table": card.table,
        "snapshot_id": card.snapshot_id,
        "artifact_sha256": card.artifact_sha256,
        "backbone": card.backbone,
        "components": card.k,
        "explained": card.explained,
        "standardized": bool(card.settings.get("standardize")),
    }
    return found | ({"csv": {**_DIALECT, "labels_escaped": written.escaped}} if form is Format.CSV else {})


def _columns(card: ModelCard) -> list[dict[str, Any]]:
    named = [
        {"name": "photo_id", "type": "string", "meaning": "the photo's id, as in the table `photos`; never null"},
        {"name": "label", "type": "string", "meaning": "the fruit, where the uploader named it; else null"},
    ]
    meaning = "the photo's coordinate along this component; without a unit; only of this version"
    return named + [
        {"name": f"pc_{number}", "type": "float32", "meaning": meaning, "share_of_variance": share}
        for number, share in enumerate(card.shares, 1)
    ]
