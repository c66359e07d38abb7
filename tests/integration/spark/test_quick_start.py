"""What a run of few photos is spared: a session of Spark SQL, and pandas."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.errors import RetryLater
from contracts.photos.manifest import encode
from spark_app import extract_job
from spark_app.extract.earlier import read_earlier
from spark_app.extract.manifest import decode
from spark_app.extract.photos_table import PhotosTable
from spark_app.extract_job import Arguments
from spark_app.lake import batch_files, narrow_rows
from spark_app.lake.new_files import NewFile
from spark_app.session import SparkRun
from tests.integration.spark.lake import Lake, some_photos


class NeededError(Exception):
    """A session of Spark SQL was needed."""


class WithoutSql(SparkRun):
    @property
    def sql(self) -> SparkSession:
        raise NeededError


def run(lake: Lake, name: str, again: bool = False) -> Any:
    where = (str(lake.folder / f"{name}.jsonl"), lake.table, str(lake.artifact), "litert", None, lake.store)
    arguments = Arguments(*where, results=str(lake.folder / "results"), models=str(lake.folder / "models"), again=again)
    return extract_job.run(WithoutSql(lake.spark.sparkContext), arguments, uuid4().hex, datetime.now(UTC))


def test_a_batch_for_a_table_that_is_there_needs_no_session_of_spark_sql(lake: Lake) -> None:
    photos = [*some_photos(lake, 5), lake.put("uploads/o1/9/broken.jpg", b"no photo")]
    lake.run(photos[:2], batch="20261123T100000-first")
    (lake.folder / "20261123T110000-next.jsonl").write_bytes(encode("20261123T110000-next", photos))

    report = run(lake, "20261123T110000-next")
    done = run(lake, "20261123T110000-next")

    assert (report.features, report.rejections, report.elsewhere) == (3, {"unsupported_format": 1}, 2)
    assert (done.kept, done.chunks) == (4, 0)
    assert {one.outcome for one in lake.results("20261123T110000-next")} == {"features", "unsupported_format"}
    assert len(lake.rows()) == 6


def test_the_table_knows_where_the_row_groups_of_a_batch_begin(lake: Lake) -> None:
    """Else one task would read all of a large file."""
    lake.run(some_photos(lake, 1))

    offsets = [row.split_offsets for row in lake.spark.table(f"{lake.table}.files").collect()]

    assert offsets == [[4]]


def test_red_twin_a_table_that_is_missing_needs_one(lake: Lake) -> None:
    (lake.folder / "b.jsonl").write_bytes(encode("b", some_photos(lake, 1)))

    with pytest.raises(NeededError):
        run(lake, "b")


def test_what_the_driver_reads_of_earlier_rows_and_results_is_what_spark_reads(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = some_photos(lake, 9)
    lake.run(photos[:4], batch="20261123T100000-first")
    lake.run(photos[2:], batch="20261123T110000-next")
    lake.run(photos[:1], batch="20251123T110000-a-year-ago", again=True)
    batch = decode(encode("20261123T110000-next", photos))
    table = PhotosTable.open(SparkRun.of(lake.spark), lake.table, lake.store)
    snapshot = table.current_snapshot()
    assert snapshot is not None

    def both() -> tuple[Any, ...]:
        earlier = read_earlier(table, snapshot, batch, card(lake))
        return earlier, sorted(table.results_of("20261123T110000-next", snapshot), key=lambda one: one.photo_id)

    quick = both()
    monkeypatch.setattr(narrow_rows, "MOST_FILES", 0)  # all is left to Spark

    assert quick == both()
    assert (len(quick[0].kept), [one.photo_id for one in quick[0].elsewhere]) == (
        5, sorted(photo.photo_id for photo in photos[:4])
    )  # fmt: skip


def card(lake: Lake) -> str:
    return str(lake.spark.table(lake.table).first()["artifact_sha256"])  # type: ignore[index]


def test_a_table_with_row_level_deletes_is_left_to_spark(lake: Lake) -> None:
    photos = some_photos(lake, 4)
    lake.run(photos)
    lake.spark.sql(f"ALTER TABLE {lake.table} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    lake.spark.sql(f"DELETE FROM {lake.table} WHERE photo_id = '{photos[0].photo_id}'")  # noqa: S608

    report = lake.run(photos, results=True)

    assert (report.kept, report.features) == (3, 1)
    assert len(lake.results()) == len(lake.rows()) == 4


@pytest.mark.parametrize(
    "program",
    [
        "import spark_app.extract_job",
        "from spark_app.extract import batch_files as b; b.leave_pandas_out(); import pyarrow as pa; pa.scalar('x')",
    ],
)
def test_pandas_is_not_imported_by_the_job_and_not_by_a_worker(program: str) -> None:
    asked = f"import sys; {program}; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_red_twin_arrow_imports_pandas_at_its_first_array() -> None:
    asked = "import sys, pyarrow as pa; pa.scalar('x'); sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 1


def test_a_commit_that_lost_leaves_none_of_its_files_and_the_rows_of_the_winner(lake: Lake) -> None:
    photos = some_photos(lake, 2)
    lake.run(photos)
    table = PhotosTable.open(SparkRun.of(lake.spark), lake.table, lake.store)
    since = table.current_snapshot()
    lake.run(photos, again=True)
    rows = lake.rows()
    (name,) = {Path(urlsplit(row.file_path).path) for row in lake.spark.table(f"{lake.table}.files").collect()}
    ours = shutil.copy(name, lake.folder / "ours.parquet")

    files = [NewFile(f"file:{ours}", name.stat().st_size)]

    with pytest.raises(RetryLater, match="lost against another"):
        batch_files.replace_batch(lake.spark.sparkContext, table.loaded, "b", files, since, "late")

    assert not Path(ours).exists()
    assert lake.rows() == rows
