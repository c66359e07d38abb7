"""The data files of a task: all columns of the table by their ids, whole files of a bounded size, none for nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.photos.manifest import Photo
from contracts.tables.photos import COLUMNS
from spark_app.extract import batch_files
from spark_app.extract.batch_files import SCHEMA, Destination, TaskFiles, moment, table_rows
from spark_app.extract.per_photo import PhotoSettings, Row
from spark_app.extract.task import KEYS, share_of, to_arrow
from spark_app.lake.data_files import FIELD_ID
from spark_app.lake.new_files import NewFiles
from spark_app.stores.buckets import StoreSettings

STARTED = datetime(2026, 11, 23, 12, tzinfo=UTC)


def destination(folder: Path) -> Destination:
    fields = [field.with_metadata({FIELD_ID: str(number).encode()}) for number, field in enumerate(SCHEMA, start=1)]
    return Destination(NewFiles(f"file:{folder}", pa.schema(fields)), "b", "lite0", "ab" * 32, STARTED)


def rows(count: int, received_at: str = "2026-11-23T10:00:00.5Z") -> pa.RecordBatch:
    photos = [Photo(f"{n:032x}", "photos", f"k{n}", 1, received_at, owner_id="o1") for n in range(count)]
    keys = pa.ipc.open_stream(share_of(photos)).read_next_batch().select(KEYS.names)
    made = [
        Row(photo.photo_id, "kiwi", features=np.full(4, n, np.float32))
        if n % 3
        else Row(photo.photo_id, rejection="corrupt")
        for n, photo in enumerate(photos)
    ]
    return to_arrow(keys, made)


def test_rows_have_all_columns_of_the_table_in_its_order_and_what_their_batch_shares(tmp_path: Path) -> None:
    found = table_rows(rows(4), destination(tmp_path))

    assert found.schema.names == [column.name for column in COLUMNS]
    row: dict[str, Any] = found.to_pylist()[1]
    assert (row["batch_id"], row["backbone"], row["artifact_sha256"]) == ("b", "lite0", "ab" * 32)
    assert (row["extracted_at"], row["received_at"]) == (STARTED, datetime(2026, 11, 23, 10, 0, 0, 500_000, UTC))
    assert (row["label"], row["features"], row["rejection"]) == ("kiwi", [1.0] * 4, None)
    assert (found["rejection"][0].as_py(), found["features"][0].as_py()) == ("corrupt", None)


@pytest.mark.parametrize("text", [None, "2026-02-31T10:00:00Z", "2026-11-23T24:61:00Z"])
def test_a_time_that_is_not_in_the_calendar_is_null(text: str | None) -> None:
    assert moment(text) is None


def test_files_are_cut_by_rows_and_hold_every_row_once_with_the_tables_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_files, "ROWS_PER_GROUP", 10)
    monkeypatch.setattr(batch_files, "ROWS_PER_FILE", 20)
    files = TaskFiles(destination(tmp_path), PhotoSettings(StoreSettings(), 8), "7")
    for _ in range(7):
        files.add(rows(5))

    made = files.finish()

    assert [file.location for file in made] == [f"file:{tmp_path}/7-{number:03d}.parquet" for number in range(2)]
    read = [pq.ParquetFile(tmp_path / Path(file.location).name) for file in made]
    assert [file.metadata.num_rows for file in read] == [20, 15]
    assert [file.bytes for file in made] == [(tmp_path / Path(file.location).name).stat().st_size for file in made]
    assert [len(file.offsets) for file in made] == [2, 2]
    assert made[0].offsets[0] == 4  # behind the magic number that a Parquet file begins with
    assert {field.metadata[FIELD_ID] for field in read[0].schema_arrow} == {b"%d" % n for n in range(1, 20)}


def test_a_task_without_rows_writes_no_file(tmp_path: Path) -> None:
    files = TaskFiles(destination(tmp_path), PhotoSettings(StoreSettings(), 8), "7")
    files.add(rows(0))

    assert files.finish() == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    files = TaskFiles(destination(tmp_path), PhotoSettings(StoreSettings(), 8), "7")
    files.add(rows(batch_files.ROWS_PER_GROUP))

    assert [path for path in tmp_path.iterdir() if path.suffix == ".parquet"] == []
    assert len(files.finish()) == 1
