"""One source for the columns of a table: everything else that has columns is derived from it, or held to it here."""

from dataclasses import fields

import pyarrow as pa
import pytest

from contracts.errors import GiveUp
from contracts.photos import manifest
from contracts.photos.manifest import Photo
from contracts.tables.photos import COLUMNS, PHOTOS
from contracts.tables.reduced import REDUCED
from contracts.tables.table import Column, Definition, add_statement
from spark_app.extract import task
from spark_app.extract.per_photo import Row
from spark_app.lake.arrow import ARROW, schema_of, spark_schema
from spark_app.lake.evolution import TableColumn, missing, refuse_returning
from spark_app.lake.left_metadata import newest_of
from spark_app.refit import part

SAME_FOR_A_BATCH = {"batch_id", "backbone", "artifact_sha256", "extracted_at"}


def test_each_column_of_photos_has_one_place_that_fills_it() -> None:
    columns = [column.name for column in COLUMNS]
    of_manifest = [field.name for field in fields(Photo) if field.name in columns]
    of_stage = [field.name for field in fields(Row) if field.name != "photo_id"]

    assert sorted([*of_manifest, *of_stage, *SAME_FOR_A_BATCH]) == sorted(columns)


def test_the_manifest_s_schema_has_the_fields_of_a_photo() -> None:
    written = manifest.schema()["definitions"]["photo"]["properties"]

    assert written.keys() == {field.name for field in fields(Photo)}


def test_the_arrow_schemas_follow_from_the_columns() -> None:
    types = {column.name: column.type for column in COLUMNS}

    assert schema_of(Photo) == task.SHARE
    assert (
        set(task.KEYS)
        == {field for field in task.SHARE if field.name in types}
        == set(task.SHARE) - {field for field in task.SHARE if field.name == "last_try"}
    )
    assert {field.name: field.type for field in task.OUTCOME_FIELDS} == {
        name: ARROW[types[name]] for name in types if name in {field.name for field in fields(Row)} - {"photo_id"}
    }
    assert part.ROWS.names == [column.name for column in REDUCED.columns]
    assert spark_schema(pa.schema([pa.field("a", pa.bool_()), pa.field("b", pa.list_(pa.float32()))])) == (
        "`a` boolean, `b` array<float>"
    )


def test_a_column_is_one_line_and_stands_in_both_statements() -> None:
    column = Column("camera", "string", "who made the camera")
    definition = Definition((*COLUMNS, column), PHOTOS.properties)

    assert "`extracted_at` timestamp, `camera` string) USING iceberg" in definition.create_statement("a.b.photos")
    assert add_statement("a.b.photos", [column]) == "ALTER TABLE a.b.photos ADD COLUMNS (`camera` string)"


KNOWN = (Column("id", "string", "", nullable=False), Column("label", "string", ""), Column("width", "int", ""))
ID, LABEL, WIDTH = (
    TableColumn("id", "string", True),
    TableColumn("label", "string", True),
    TableColumn("width", "int", True),
)


def test_nullable_columns_that_a_table_lacks_are_to_be_added_whatever_its_order_and_what_it_has_beside() -> None:
    assert missing("t", [WIDTH, TableColumn("extra", "date", True), ID], KNOWN) == [KNOWN[1]]
    assert missing("t", [LABEL, WIDTH, ID], KNOWN) == []


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([LABEL, WIDTH], "it has no id"),
        ([ID, LABEL, TableColumn("width", "bigint", True)], "width is bigint and not int"),
        ([ID, LABEL, WIDTH, TableColumn("must", "string", False)], "each row must have must"),
    ],
)
def test_a_table_that_cannot_be_brought_to_these_columns_is_refused(found: list[TableColumn], why: str) -> None:
    with pytest.raises(GiveUp, match=f"table t has other columns .*: {why}"):
        missing("t", found, KNOWN)


def test_a_column_that_was_there_before_is_not_added_again() -> None:
    refuse_returning("t", [KNOWN[1]], {"id"})
    with pytest.raises(GiveUp, match="label was removed or renamed"):
        refuse_returning("t", [KNOWN[2], KNOWN[1]], {"id", "label"})


def test_the_metadata_that_a_creation_writes_is_no_table_that_was_left() -> None:
    of_creation = [
        ("s3://b/m/00000-0a.metadata.json", 9),
        ("s3://b/m/v1.metadata.json", 9),
        ("s3://b/m/v1.gz.metadata.json", 9),
    ]
    others = [("s3://b/m/snap-12.avro", 9), ("s3://b/m/version-hint.text", 9), ("s3://b/m/00009-0a.stats", 9)]

    assert newest_of([*of_creation, *others]) is None


def test_of_metadata_files_the_latest_version_counts_and_of_two_the_younger() -> None:
    old, late, younger = (f"s3://b/m/{name}.metadata.json" for name in ("00009-0a", "00010-0b", "00010-0c.gz"))

    assert newest_of([(old, 30), (late, 10), (younger, 20)]) == younger
    assert newest_of([("s3://b/m/v2.metadata.json", 1)]) == "s3://b/m/v2.metadata.json"
