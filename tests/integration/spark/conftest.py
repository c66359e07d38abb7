"""One real Spark for all tests of this folder, with an Iceberg catalog in a folder of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pyspark.sql import SparkSession

from contracts.jobs.spark_settings import Catalog, common, local
from infra.local.cloud import LocalCloud
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from spark_app.lake import tables
from tests.integration.spark.gallery import Gallery
from tests.integration.spark.lake import Lake
from tests.release import RELEASE


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("spark")
    java = java_home(release=RELEASE)
    os.environ.update({"JAVA_HOME": str(java), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    os.environ.update({"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})  # the workers take them from here
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[3])
    settings = local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(release=RELEASE), folder)
    builder = SparkSession.builder.appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
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
