"""Columns of data files, read by the ids that Iceberg gives them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.errors import GiveUp
from spark_app.lake import narrow_rows
from spark_app.lake.arrow import strings
from spark_app.lake.data_files import FIELD_ID
from spark_app.lake.narrow_rows import Narrow

IDS = {"photo_id": 1, "label": 9}


def written(folder: Path, name: str, columns: dict[int, tuple[str, list[str | None]]]) -> tuple[str, int, int]:
    fields = [pa.field(called, pa.string(), metadata={FIELD_ID: b"%d" % n}) for n, (called, _) in columns.items()]
    values = [pa.array(found, pa.string()) for _, found in columns.values()]
    pq.write_table(pa.Table.from_arrays(values, schema=pa.schema(fields)), folder / name)
    return str(folder / name), (folder / name).stat().st_size, len(values[0])


def read(*files: tuple[str, int, int], wanted: str = "p") -> list[dict[str, str | None]]:
    def choose(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.starts_with(rows["photo_id"], wanted))

    return narrow_rows.read(Narrow(files, IDS), lambda uri, _: Path(uri), ("photo_id", "label"), choose)


def test_a_renamed_column_is_found_by_its_id_and_one_that_the_file_lacks_is_null(tmp_path: Path) -> None:
    old = written(tmp_path, "old.parquet", {1: ("photo", ["p1", "q1"]), 4: ("label", ["of another id", "x"])})
    new = written(tmp_path, "new.parquet", {9: ("label", ["kiwi", None]), 1: ("photo_id", ["p2", "p3"])})

    assert read(old, new) == [
        {"photo_id": "p1", "label": None},
        {"photo_id": "p2", "label": "kiwi"},
        {"photo_id": "p3", "label": None},
    ]


def test_many_files_give_their_rows_in_the_order_of_the_files(tmp_path: Path) -> None:
    files = [written(tmp_path, f"{n}.parquet", {1: ("photo_id", [f"p{n:02d}"])}) for n in range(30)]

    assert [row["photo_id"] for row in read(*files)] == [f"p{n:02d}" for n in range(30)]


def test_a_file_with_other_rows_than_its_table_says_is_refused(tmp_path: Path) -> None:
    uri, size, count = written(tmp_path, "one.parquet", {1: ("photo_id", ["p1"])})

    with pytest.raises(GiveUp, match=r"one\.parquet has 1 rows, its table says 2"):
        read((uri, size, count + 1))


@pytest.mark.parametrize("values", [[], [""], ["a", "ü", "", "漢"]])
def test_strings_are_the_array_that_arrow_would_make(values: list[str]) -> None:
    assert strings(values).equals(pa.array(values, pa.string()))
    strings(values).validate(full=True)
