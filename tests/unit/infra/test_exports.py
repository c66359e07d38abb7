"""An export is the refit's matrix as one file, with what it means and checksums; or an error that says what to do."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import GiveUp
from infra.ops.exports import dictionary, formulas, writing
from infra.ops.exports.export import SUMS, export, own_names
from infra.ops.exports.formats import Format
from infra.ops.exports.parts import columns
from infra.ops.exports.places import Folder, InLake, place
from infra.steps import SilentSteps
from tests.fakes.published import VERSION, FolderParts, card_of, rows_of, write_parts

LABELS = ["Pêche", '=HYPERLINK("x")', None, 'a "quoted", one', "'-1", "Apple Red 1"]
K = 3
FORMATS = pytest.mark.parametrize("form", list(Format), ids=lambda form: form.value)


def exported(tmp_path: Path, form: Format, **changed: Any) -> tuple[dict[str, Any], Path]:
    parts = [rows_of(LABELS, K), rows_of(["Kiwi"] * 2, K, first=100)]
    card = card_of(parts, K, **changed)
    write_parts(tmp_path / "models", card, parts)
    target = tmp_path / "out"
    return export(FolderParts(tmp_path / "models"), card, form, Folder(target), SilentSteps()), target


@FORMATS
def test_an_export_is_one_matrix_its_dictionary_and_checksums_that_hold(tmp_path: Path, form: Format) -> None:
    found, target = exported(tmp_path, form)

    assert {path.name for path in target.iterdir()} == own_names(form)
    lines = [line.split("  ") for line in (target / SUMS).read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest() for name in (form.file, dictionary.FILE)
    }
    assert json.loads((target / dictionary.FILE).read_text()) == found
    assert (found["rows"], found["rows_without_label"], found["sha256"]) == (8, 1, sums[form.file])
    assert (found["model_version"], found["snapshot_id"], found["artifact_sha256"]) == (VERSION, 42, "a" * 64)
    assert [one["name"] for one in found["columns"]] == ["photo_id", "label", "pc_1", "pc_2", "pc_3"]


def test_a_parquet_matrix_is_the_parts_one_after_the_other_and_names_its_model(tmp_path: Path) -> None:
    _, target = exported(tmp_path, Format.PARQUET)
    found = pq.read_table(target / "matrix.parquet")

    assert found.equals(pa.concat_tables([rows_of(LABELS, K), rows_of(["Kiwi"] * 2, K, first=100)]))
    assert found.schema.metadata[b"fruits.model_version"].decode() == VERSION


def test_a_csv_is_what_excel_wants_bom_crlf_commas_and_quotes(tmp_path: Path) -> None:
    _, target = exported(tmp_path, Format.CSV)
    data = (target / "matrix.csv").read_bytes()

    assert data.startswith(writing.BOM + b"photo_id,label,pc_1,pc_2,pc_3\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == 9
    assert b',"a ""quoted"", one",' in data
    assert b'",,' in data  # no label: an empty field without quotes


def test_no_label_of_a_csv_begins_as_a_formula_and_each_comes_back_as_it_was(tmp_path: Path) -> None:
    found, target = exported(tmp_path, Format.CSV)
    with (target / "matrix.csv").open(encoding="utf-8-sig", newline="") as opened:
        cells = [row["label"] for row in csv.DictReader(opened)]

    assert [cell for cell in cells if cell.startswith(tuple(formulas.SIGNS))] == []
    assert [formulas.unescaped(cell) or None for cell in cells[:6]] == LABELS
    assert found["csv"]["labels_escaped"] == 2


@given(st.text(st.sampled_from("'a " + formulas.SIGNS), max_size=6))
def test_every_label_is_safe_once_escaped_and_comes_back(label: str) -> None:
    assert not formulas.escaped(label).startswith(tuple(formulas.SIGNS))
    assert formulas.unescaped(formulas.escaped(label)) == label


def test_red_twin_a_rule_that_forgets_apostrophes_loses_a_label() -> None:
    def naive(label: str) -> str:
        return f"'{label}" if label.startswith(tuple(formulas.SIGNS)) else label

    assert formulas.unescaped(naive("'=x")) != "'=x"


@FORMATS
def test_memory_is_that_of_a_row_group_however_many_there_are(tmp_path: Path, form: Format) -> None:
    def peak(groups: int) -> int:
        held: list[int] = []

        def rows() -> Iterator[pa.Table]:
            for number in range(groups):
                yield rows_of(["Kiwi"] * 4000, 50, first=number * 4000)
                held.append(pa.total_allocated_bytes())

        before = pa.total_allocated_bytes()
        writing.write(rows(), columns(50), form, tmp_path / f"{groups}.{form.value}")
        return int(max(held) - before)

    assert peak(30) < 1.5 * peak(3)


@FORMATS
def test_a_place_that_is_not_empty_is_left_as_it_is(tmp_path: Path, form: Format) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine")
    with pytest.raises(GiveUp, match=r"is not empty \(thesis\.docx\): give another --to"):
        exported(tmp_path, form)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.docx"]


def again(tmp_path: Path, replace: bool) -> None:
    parts = [rows_of(LABELS, K), rows_of(["Kiwi"] * 2, K, first=100)]
    store, target = FolderParts(tmp_path / "models"), Folder(tmp_path / "out")
    export(store, card_of(parts, K), Format.CSV, target, SilentSteps(), replace=replace)


def test_an_export_is_written_anew_only_when_that_is_asked_for(tmp_path: Path) -> None:
    exported(tmp_path, Format.CSV)
    (tmp_path / "out" / "matrix.csv").write_text("cut short")
    with pytest.raises(GiveUp, match="--replace writes it anew"):
        again(tmp_path, replace=False)
    again(tmp_path, replace=True)
    assert (tmp_path / "out" / "matrix.csv").stat().st_size > 100


def test_replace_removes_no_file_of_others(tmp_path: Path) -> None:
    exported(tmp_path, Format.CSV)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(GiveUp, match="give another --to"):
        again(tmp_path, replace=True)
    assert (tmp_path / "out" / SUMS).exists()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [({"n": 9}, "has 8 rows, 9 were fitted"), ({"k": 4, "shares": []}, "other columns than its card says"),
     ({"matrix": {"files": ["matrix/part-00007.parquet"]}}, "has lost .*part-00007")],
)  # fmt: skip
def test_a_matrix_that_is_not_whole_is_not_exported(tmp_path: Path, changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(GiveUp, match=problem):
        exported(tmp_path, Format.CSV, **changed)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    card = card_of([rows_of(LABELS, K)], K)
    write_parts(tmp_path / "models", card, [rows_of(LABELS, K)])
    (tmp_path / "models" / VERSION / "matrix" / "part-00000.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(GiveUp, match=r"part-00000\.parquet is damaged"):
        export(FolderParts(tmp_path / "models"), card, Format.CSV, Folder(tmp_path / "out"), SilentSteps())


@pytest.mark.parametrize(
    "to", ["s3://other/exports/a", "s3://lake/warehouse/a", "s3://lake/exports", "s3://lake/exports//a", "gs://lake/exports/a"]
)  # fmt: skip
def test_in_s3_an_export_goes_below_exports_of_the_stack_s_own_bucket_alone(to: str) -> None:
    with pytest.raises(GiveUp, match="give s3://lake/exports/NAME, or a folder"):
        place(to, None, "lake", ())


def test_the_usual_place_names_version_and_format() -> None:
    assert place(None, None, "lake", (VERSION, "csv")).name == f"s3://lake/exports/{VERSION}/csv"
    assert place("s3://lake/exports/mine/", None, "lake", ()) == InLake(None, "lake", "exports/mine")
    assert place("build/matrix", None, "lake", ()) == Folder(Path("build/matrix"))
