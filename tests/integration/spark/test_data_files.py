"""Rows read from a snapshot's files by Arrow are the rows that Spark reads, or are left to Spark."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import GiveUp
from spark_app.lake import changes, data_files
from spark_app.lake.data_files import DataFiles, RowGroup, read
from spark_app.lake.new_files import NewFile, data_file
from spark_app.lake.tables import iceberg
from spark_app.refit.plan import FitTarget
from spark_app.refit.reading import Rows, RowsOfFiles
from spark_app.refit.target_rows import TargetRows
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.gallery import ARTIFACT, Gallery, some_features, some_labels

SCHEMA = "photo_id string, label string, features array<float>"
Found = list[tuple[str, str | None, tuple[float, ...]]]


def as_they_are(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches


def listed(rows: Rows) -> Found:
    found = rows.through(as_they_are, SCHEMA).collect()
    return sorted((row.photo_id, row.label, tuple(row.features)) for row in found)


def by_spark(gallery: Gallery, snapshot_id: int, artifact: str = ARTIFACT) -> Found:
    rows = changes.features_at(gallery.spark, gallery.table, snapshot_id).where(f"artifact_sha256 = '{artifact}'")
    return sorted((row.photo_id, row.label, tuple(row.features)) for row in rows.collect())


def target(gallery: Gallery, snapshot_id: int, artifact: str = ARTIFACT) -> TargetRows:
    where = FitTarget(gallery.table, snapshot_id, 1, 0, "test", artifact)
    return TargetRows(gallery.spark, where, StoreSettings())


def test_the_rows_of_a_pinned_snapshot_are_those_that_spark_reads(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 30), some_labels(30))
    gallery.put("other", some_features(9, 10), artifact="b" * 64)
    pinned = gallery.put("mixed", [None, *some_features(2, 5).tolist(), None])
    gallery.put("b", some_features(3, 4))

    assert len(by_spark(gallery, pinned)) == 35
    for artifact in (ARTIFACT, "b" * 64):
        rows = target(gallery, pinned, artifact)
        assert isinstance(rows.all(), RowsOfFiles)
        assert listed(rows.all()) == by_spark(gallery, pinned, artifact)


def test_compacted_files_with_both_artifacts_in_one_give_the_chosen_rows_alone(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 30))
    gallery.put("other", some_features(9, 10), artifact="b" * 64)
    gallery.compact()
    pinned = changes.pin(gallery.spark, gallery.table)
    assert pinned is not None

    assert listed(target(gallery, pinned.id).all()) == by_spark(gallery, pinned.id)


def test_row_level_deletes_are_honoured_by_leaving_the_rows_to_spark(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 30))
    gallery.spark.sql(f"ALTER TABLE {gallery.table} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    gallery.delete("photo_id = 'b-0003'")

    report = gallery.refit()

    assert (report.n, report.read_by_spark) == (29, "the table has row-level delete files")
    assert len(gallery.matrix()) == 29
    pinned = report.snapshot_id
    assert pinned is not None
    assert "b-0003" not in {photo for photo, _, _ in listed(target(gallery, pinned).all())}


def test_files_of_another_format_are_left_to_spark(gallery: Gallery) -> None:
    gallery.spark.sql(f"ALTER TABLE {gallery.table} SET TBLPROPERTIES ('write.format.default' = 'avro')")
    gallery.put("b", some_features(1, 30))

    report = gallery.refit()

    assert (report.n, report.read_by_spark) == (30, "the table has AVRO files")


def test_columns_are_told_by_their_ids_and_not_by_the_names_in_a_file(gallery: Gallery) -> None:
    gallery.put("b", some_features(1, 10), some_labels(10))
    gallery.spark.sql(f"ALTER TABLE {gallery.table} RENAME COLUMN label TO fruit")
    gallery.spark.sql(f"INSERT INTO {gallery.table} SELECT * FROM {gallery.table}")  # noqa: S608  a file that says fruit
    gallery.spark.sql(f"ALTER TABLE {gallery.table} RENAME COLUMN fruit TO label")
    pinned = gallery.put("c", some_features(2, 3))

    found = listed(target(gallery, pinned).all())

    assert [label for photo, label, _ in found if photo == "b-0000"] == ["apple", "apple"]
    assert found == by_spark(gallery, pinned)


def test_what_came_since_is_read_from_the_new_files_and_what_went_is_left_to_the_changelog(gallery: Gallery) -> None:
    before = gallery.put("b", some_features(1, 30))
    after = gallery.put("c", some_features(2, 5))
    came = target(gallery, after).came_since(before)

    assert came is not None
    assert [photo for photo, _, _ in listed(came)] == [f"c-{n:04d}" for n in range(5)]
    assert target(gallery, gallery.put("c", some_features(3, 5))).came_since(after) is None


def test_a_file_that_names_no_row_groups_is_read_whole(gallery: Gallery) -> None:
    """The extract job's tasks write such files, and so may any other writer of Iceberg."""
    gallery.put("b", some_features(1, 30), some_labels(30))
    loaded = iceberg(gallery.spark, gallery.table)
    written = Path(str(loaded.newScan().planFiles().iterator().next().file().location()).removeprefix("file:"))
    copy = Path(shutil.copy(written, written.with_name("copy.parquet")))
    file = data_file(gallery.spark.sparkContext, loaded, NewFile(f"file:{copy}", copy.stat().st_size))
    loaded.newAppend().appendFile(file).commit()
    gallery.spark.sql(f"REFRESH TABLE {gallery.table}")
    found = changes.pin(gallery.spark, gallery.table)
    assert found is not None
    pinned = found.id

    rows = target(gallery, pinned).all()
    assert isinstance(rows, RowsOfFiles)
    assert None in {group.number for group in rows.files.groups}
    assert len(listed(rows)) == 60
    assert listed(rows) == by_spark(gallery, pinned)


def test_a_file_with_other_rows_than_the_table_says_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    pq.write_table(pa.table({"photo_id": ["a", "b"]}), file)
    group = RowGroup(f"file:{file}", file.stat().st_size, 3, None, 10)

    with pytest.raises(GiveUp, match="has 2 rows, its table says 3"):
        list(read(DataFiles((group,), {}, ARTIFACT), [group], lambda *_: file, 10))


def test_a_file_of_many_row_groups_is_read_by_several_tasks(gallery: Gallery) -> None:
    sizes = "'write.parquet.row-group-size-bytes' = '2000', 'write.parquet.row-group-check-min-record-count' = '20', "
    sizes += "'write.parquet.row-group-check-max-record-count' = '20'"
    gallery.spark.sql(f"ALTER TABLE {gallery.table} SET TBLPROPERTIES ({sizes})")
    pinned = gallery.put("b", some_features(1, 400))

    found = data_files.data_files(gallery.spark, gallery.table, pinned, ARTIFACT)

    assert isinstance(found, DataFiles)
    assert len({group.uri for group in found.groups}) == 1
    assert len(found.groups) > 2
    assert listed(target(gallery, pinned).all()) == by_spark(gallery, pinned)
