"""One real Spark for all tests of this folder, with an Iceberg catalog in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.jobs.spark_settings import Catalog, common
from infra.local.cloud import LocalCloud
from spark_app.lake import tables
from tests.integration.spark.gallery import Gallery
from tests.integration.spark.lake import Lake
from tests.integration.spark.session import open_session


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = open_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path, artifact_folder: Path) -> Lake:
    return Lake(spark, tmp_path, artifact_folder)


@pytest.fixture
def table(spark: SparkSession) -> str:
    """A new table `photos` without rows, in the catalog of folders."""
    name = f"fruits.lake.photos_{uuid4().hex[:8]}"
    tables.ensure_photos(spark, name)
    return name


@pytest.fixture
def gallery(spark: SparkSession, tmp_path: Path) -> Gallery:
    return Gallery(spark, tmp_path)


@pytest.fixture
def on_s3(spark: SparkSession, local_cloud: LocalCloud) -> str:
    """A name for a table on the local cloud's Glue and S3, with the catalog's settings as they are deployed."""
    bucket = f"lake-{uuid4().hex}"
    place = {"LocationConstraint": "eu-west-3"}
    local_cloud.target().client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    catalog = Catalog(
        f"s3://{bucket}/warehouse", name=f"cloud_{bucket[5:13]}", endpoint=local_cloud.endpoint, region="eu-west-3"
    )
    for name, value in common(catalog).items():
        if name.startswith("spark.sql.catalog."):
            spark.conf.set(name, value)
    return f"{catalog.name}.lake_{bucket[5:13]}.photos"
