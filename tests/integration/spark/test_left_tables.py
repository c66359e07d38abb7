"""A stack is deployed again over the bucket that was kept: the old table's files are never taken for orphans."""

import json
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.errors import GiveUp
from contracts.tables.reduced import REDUCED
from contracts.tables.table import spark_schema
from infra.local.cloud import LocalCloud
from spark_app import maintain_job
from spark_app.lake import left_metadata, reduced, tables
from tests.integration.spark.upkeep import DAY, NOW, content, folder_of, maintain, put


def forgotten(local_cloud: LocalCloud, table: str) -> None:
    """Delete the database, as a stack that is deleted does; the bucket stays."""
    glue, database = local_cloud.target().client("glue"), table.split(".")[1]
    for one in glue.get_tables(DatabaseName=database)["TableList"]:
        glue.delete_table(DatabaseName=database, Name=one["Name"])
    glue.delete_database(Name=database)


def test_a_new_table_over_a_kept_bucket_is_refused_and_the_way_that_the_message_names_brings_all_rows_back(
    spark: SparkSession, on_s3: str, local_cloud: LocalCloud
) -> None:
    matrix = on_s3.replace("photos", "reduced")
    tables.ensure_photos(spark, on_s3)
    put(spark, on_s3, "a")
    put(spark, on_s3, "b")
    reduced.ensure_reduced(spark, matrix)
    rows = content(spark, on_s3)
    forgotten(local_cloud, on_s3)

    with pytest.raises(GiveUp, match="register_table") as refused:
        tables.ensure_photos(spark, on_s3)
    reduced.ensure_reduced(spark, matrix)  # never written to: there is nothing to lose
    call = re.search(r"CALL .*", str(refused.value))
    assert call is not None
    spark.sql(call.group())
    tables.ensure_photos(spark, on_s3)

    assert content(spark, on_s3) == rows
    assert maintain(spark, on_s3, NOW + 30 * DAY).orphans_refused == 0
    put(spark, on_s3, "a", mark=2.0)
    assert content(spark, on_s3).total() == 16


def test_a_matrix_that_was_left_is_refused_too(spark: SparkSession, on_s3: str, local_cloud: LocalCloud) -> None:
    matrix = on_s3.replace("photos", "reduced")
    reduced.ensure_reduced(spark, matrix)
    row = spark.createDataFrame([("p", "Kiwi", "1", [1.0])], spark_schema(REDUCED.columns))
    row.writeTo(matrix).append()
    forgotten(local_cloud, matrix)

    with pytest.raises(
        GiveUp, match=r"table => 'lake_\w+\.reduced', metadata_file => 's3://.*/reduced/metadata/00001-"
    ):
        reduced.ensure_reduced(spark, matrix)


def test_in_a_catalog_of_folders_metadata_of_another_catalog_is_seen_too(spark: SparkSession, table: str) -> None:
    new = f"fruits.lake.photos_{uuid4().hex[:8]}"
    folder = folder_of(spark, table).with_name(new.rpartition(".")[2])
    left = folder / "metadata" / f"00003-{uuid4()}.metadata.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")

    with pytest.raises(GiveUp, match=f"metadata_file => 'file:.*{left.name}'"):
        tables.ensure_photos(spark, new)
    left.rename(left.with_name(f"00000-{uuid4()}.metadata.json"))  # another run creates the table at this moment
    tables.ensure_photos(spark, new)

    assert put(spark, new, "a")
    assert left_metadata.find_left(spark, new) is None  # another run has created it since we looked


def over_another_tables_files(spark: SparkSession, table: str) -> list[Path]:
    """Put the files of an old table into a young one's folder, as if it had been made in its place."""
    old = f"fruits.lake.photos_{uuid4().hex[:8]}"
    tables.ensure_photos(spark, old)
    for batch in "abcdef":
        put(spark, old, batch)
    put(spark, table, "new", files=2)
    moved = []
    for part in ("data", "metadata"):
        for file in (folder_of(spark, old) / part).glob("*"):
            target = folder_of(spark, table) / part / f"of-old-{file.name}"
            shutil.copy(file, target)
            os.utime(target, (0, 0))
            moved.append(target)
    return moved


def test_more_orphans_than_the_table_has_files_stay_all_else_is_done_and_the_exit_code_says_it(
    spark: SparkSession, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = over_another_tables_files(spark, table)

    code = maintain_job.main(["--tables", table])

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    done = told["tables"][table]
    assert (code, told["outcome"], told["refusal"], told["exit_code"]) == (65, "GiveUp", "orphans", 65)
    assert f"{table}: {len(old)} against {done['files_known']}" in told["error"]
    assert (done["orphans_refused"], done["orphans_removed"]) == (len(old), 0)
    assert 0 < done["files_known"] < len(old)
    assert (done["batches_compacted"], done["files_after"]) == (1, 1)
    assert all(path.exists() for path in old)


def test_red_twin_iceberg_s_own_procedure_takes_all_of_them(spark: SparkSession, table: str) -> None:
    old = over_another_tables_files(spark, table)
    name, before = table.removeprefix("fruits."), NOW - timedelta(days=3)

    call = f"CALL fruits.system.remove_orphan_files(table => '{name}', older_than => TIMESTAMP '{before:%F %T}')"
    spark.sql(call)

    assert not any(path.exists() for path in old)
