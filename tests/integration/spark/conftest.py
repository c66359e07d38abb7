"""One real Spark for all tests of this folder, with an Iceberg catalog in a folder of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.jobs.spark_settings import Catalog, local
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from tests.integration.spark.lake import Lake


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("spark")
    os.environ.update({"JAVA_HOME": str(java_home()), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    os.environ.update({"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})  # the workers take them from here
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[3])
    settings = local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(), folder)
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
