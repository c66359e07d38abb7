"""A real Spark of the release under test, with an Iceberg catalog in a folder."""

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from contracts.jobs.spark_settings import Catalog, local
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from tests.release import RELEASE

ROOT = Path(__file__).resolve().parents[3]


def open_session(folder: Path) -> SparkSession:
    """Open the session of this process; its warehouse lies in the folder."""
    java = java_home(release=RELEASE)
    os.environ.update({"JAVA_HOME": str(java), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    os.environ.update({"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})  # the workers take them from here
    os.environ["PYTHONPATH"] = str(ROOT)
    settings = local(Catalog(f"file://{folder}/warehouse", kind="hadoop"), iceberg_jars(release=RELEASE), folder)
    builder = SparkSession.builder.appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
