"""One real spark-submit, as the real service would be asked for it, with threads as executors.

Executors that are processes of their own: `tests/e2e/test_executors_apart.py`, and what they find of this machine:
`tests/integration/spark/test_packed_environment.py`.
"""

import json
import tarfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import host_environment
from infra.local.cloud import LocalCloud
from tests.contract.emr import BUCKET, TERMINAL, Emr

JOB = textwrap.dedent(
    """
    import json, sys
    from pyspark.sql import SparkSession
    from orchard import double, facts

    spark = SparkSession.builder.getOrCreate()
    count = int(sys.argv[1])
    found = {
        "sum": spark.range(count).rdd.map(lambda row: double(row.id)).sum(),
        "master": spark.sparkContext.master,
        "heap_gb": round(spark._jvm.java.lang.Runtime.getRuntime().maxMemory() / 2**30),
        "splits": spark.sparkContext.defaultParallelism,
        "basket": open("basket/apples.txt").read().strip(),
        "driver": facts(),
        "tasks": spark.sparkContext.parallelize(range(4), 4).map(lambda _: facts()).collect(),
    }
    print("found", json.dumps(found))
    spark.stop()
    """
)
ORCHARD = """
import importlib.util, os, sys

def double(number):
    return 2 * number

def facts():
    import numpy
    modules = ("boto3", "tensorflow", "chalicelib", "sklearn", "infra")
    return {
        "folder": os.getcwd(), "prefix": sys.prefix, "aws": sorted(name for name in os.environ if "AWS" in name),
        "others": [name for name in modules if importlib.util.find_spec(name)], "home": os.environ["HOME"],
    }
"""
PYTHON = "./environment/bin/python"
PARAMETERS = {
    "spark.submit.pyFiles": f"s3://{BUCKET}/orchard.py",
    "spark.archives": f"s3://{BUCKET}/environment.tar.gz#environment,s3://{BUCKET}/basket.tar.gz#basket",
    "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": PYTHON,
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": PYTHON,
    "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
    "spark.driver.cores": "1",
    "spark.driver.memory": "3g",
    "spark.executor.cores": "1",
    "spark.executor.memory": "1g",
    "spark.executor.instances": "2",
    "spark.dynamicAllocation.enabled": "false",
    "spark.default.parallelism": "7",
    "spark.master": "yarn",
}
pytestmark = pytest.mark.slow


@pytest.fixture
def own_emr(tmp_path: Path) -> Iterator[Emr]:
    (tmp_path / "apples.txt").write_text("ripe")
    with tarfile.open(tmp_path / "basket.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "apples.txt", "apples.txt")
    with LocalCloud.start(tmp_path / "cloud") as cloud:
        emr = Emr(cloud)
        emr.make_role()
        s3 = emr.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        s3.put_object(Bucket=BUCKET, Key="job.py", Body=JOB.encode())
        s3.put_object(Bucket=BUCKET, Key="orchard.py", Body=ORCHARD.encode())
        for file in (tmp_path / "basket.tar.gz", host_environment.prepare()):
            s3.upload_file(str(file), BUCKET, "basket.tar.gz" if "basket" in file.name else "environment.tar.gz")
        yield emr


def run(emr: Emr) -> dict[str, Any]:
    """Run the job to its success, and return what it found."""
    parameters = " ".join(f"--conf {name}={value}" for name, value in PARAMETERS.items())
    logs = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}}
    application = emr.application()
    started = emr.start(application, ["10"], parameters=parameters, configurationOverrides=logs)
    ended = emr.in_state(application, started, *TERMINAL, within=300)
    folder = f"logs/applications/{application}/jobs/{started}/SPARK_DRIVER"
    assert ended["state"] == "SUCCESS", emr.text(f"{folder}/stderr.gz")
    assert ended["totalExecutionDurationSeconds"] > 0
    lines = emr.text(f"{folder}/stdout.gz").splitlines()
    return dict(json.loads(next(line for line in lines if line.startswith("found ")).removeprefix("found ")))


def test_a_pyspark_job_runs_in_its_own_sizes_with_its_archive_and_without_anything_of_this_machine(
    own_emr: Emr,
) -> None:
    found = run(own_emr)

    assert (found["sum"], found["basket"], found["splits"], found["heap_gb"]) == (90, "ripe", 7, 3)
    assert found["master"] == "local[2,4]"
    everywhere = [found["driver"], *found["tasks"]]
    assert all(one["prefix"] == f"{one['folder']}/environment" for one in everywhere)
    assert {one["home"] for one in everywhere} == {found["driver"]["folder"]}
    assert [one["others"] for one in everywhere] == [[]] * 5
    credentials = ["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL"]
    assert [one["aws"] for one in everywhere] == [credentials] * 5
    assert {one["folder"] for one in found["tasks"]} == {found["driver"]["folder"]}
