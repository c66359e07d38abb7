"""Write a matrix as one file, row group by row group, so that memory does not grow with the rows."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from infra.ops.exports import formulas
from infra.ops.exports.formats import Format

BOM = b"\xef\xbb\xbf"
"""Without it Excel takes the file for the machine's code page, and "Pêche" becomes "PÃªche"."""

# RFC 4180: CRLF, strings in quotes, quotes in them doubled. A null label is an empty field without quotes.
_CSV = {"eol": "\r\n", "quoting_style": "needed", "quoting_header": "none"}
_PARQUET = {"compression": "zstd", "use_dictionary": ["label"]}
WriteGroup = Callable[[pa.Table], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a written file holds. `unlabelled`: rows without a label; `escaped`: labels that got an apostrophe."""

    rows: int
    unlabelled: int
    escaped: int


def write(groups: Iterable[pa.Table], schema: pa.Schema, form: Format, target: Path) -> Written:
    """Write row groups of `schema` into a new file."""
    rows = unlabelled = changed = 0
    opened = _csv if form is Format.CSV else _parquet
    with target.open("wb") as sink, opened(sink, schema) as writer:
        for group in groups:
            safe, count = with_safe_labels(group) if form is Format.CSV else (group, 0)
            writer.write_table(safe)
            rows, unlabelled, changed = rows + len(group), unlabelled + group["label"].null_count, changed + count
    return Written(rows, unlabelled, changed)


def _csv(sink: object, schema: pa.Schema) -> pa_csv.CSVWriter:
    sink.write(BOM)  # type: ignore[attr-defined]
    return pa_csv.CSVWriter(sink, schema, write_options=pa_csv.WriteOptions(**_CSV))


def _parquet(sink: object, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(sink, schema, **_PARQUET)


def with_safe_labels(group: pa.Table) -> tuple[pa.Table, int]:
    """Return rows whose labels no spreadsheet takes for formulas, and how many of them were changed."""
    labels = group["label"].combine_chunks().dictionary_encode()
    known = labels.dictionary.to_pylist()
    if not any(label != formulas.escaped(label) for label in known):
        return group, 0
    safe = pa.array([formulas.escaped(label) for label in known], pa.string()).take(labels.indices)
    changed = pc.sum(pc.not_equal(safe, group["label"].combine_chunks())).as_py()
    return group.set_column(1, "label", safe), int(changed)


def sha256(file: Path) -> str:
    """Return the hex digest of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
