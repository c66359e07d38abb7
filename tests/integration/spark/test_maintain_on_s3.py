"""Maintenance on the local cloud's S3 and Glue, with the catalog's settings as they are deployed."""

import pytest
from pyspark.sql import SparkSession

from contracts import models
from infra.local.cloud import LocalCloud
from spark_app import maintain_job
from spark_app.lake import tables
from spark_app.maintain_job import Arguments
from spark_app.stores.buckets import StoreSettings
from tests.integration.spark.upkeep import DAY, NOW, content, maintain, put


def test_on_s3_and_glue_the_same_orphans_and_half_made_models_go_and_a_table_named_alike_is_not_touched(
    spark: SparkSession, on_s3: str, local_cloud: LocalCloud
) -> None:
    s3 = local_cloud.target().client("s3")
    tables.ensure_photos(spark, on_s3)
    put(spark, on_s3, "a")
    put(spark, on_s3, "a", mark=2.0)
    before = content(spark, on_s3)
    bucket, _, prefix = str(tables.iceberg(spark, on_s3).location()).removeprefix("s3://").partition("/")
    for key in (f"{prefix}/data/orphan.parquet", f"{prefix}_2/data/orphan.parquet"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"left by a run that died")

    half = ["lake/models/pca/00000001-0a1b2c3d/model.npz", "lake/models/pca/00000001-0a1b2c3d/matrix/part-00000.csv"]
    whole = ["lake/models/pca/00000002-0a1b2c3d/model.npz", f"lake/models/pca/00000002-0a1b2c3d/{models.CARD}"]
    for key in (*half, *whole):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    store = StoreSettings("eu-west-3", endpoint=local_cloud.endpoint)
    arguments = Arguments((on_s3,), store, f"s3://{bucket}/lake/models/pca/")

    early = maintain(spark, on_s3)
    report = maintain_job.run(spark, arguments, NOW + 30 * DAY)
    late = report.tables[on_s3]

    left = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert (early.files_before, early.files_after, early.orphans_removed) == (4, 1, 0)
    assert (late.orphans_removed, late.snapshots_expired) == (1, 2)
    assert f"{prefix}/data/orphan.parquet" not in left
    assert f"{prefix}_2/data/orphan.parquet" in left
    assert len([key for key in left if key.startswith(f"{prefix}/data/")]) == 1
    assert content(spark, on_s3) == before
    assert (report.versions_swept, report.model_files_removed) == (["00000001-0a1b2c3d"], 2)
    assert [key in left for key in (*half, *whole)] == [False, False, True, True]


def test_red_twin_spark_itself_cannot_list_s3_so_the_listing_is_iceberg_s(spark: SparkSession, on_s3: str) -> None:
    tables.ensure_photos(spark, on_s3)
    name = on_s3.partition(".")[2]

    with pytest.raises(Exception, match='No FileSystem for scheme "s3"'):
        spark.sql(f"CALL {on_s3.partition('.')[0]}.system.remove_orphan_files(table => '{name}')")
