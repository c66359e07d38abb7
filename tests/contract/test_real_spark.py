"""One real spark-submit, as the real service would be asked for it."""

import tarfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from tests.contract.emr import BUCKET, Emr

JOB = textwrap.dedent(
    """
    import os, sys
    from pyspark.sql import SparkSession
    from orchard import double

    spark = SparkSession.builder.getOrCreate()
    doubled = spark.range(int(sys.argv[1])).rdd.map(lambda row: double(row.id)).sum()
    print("sum", doubled, "master", spark.sparkContext.master, open("basket/apples.txt").read().strip())
    spark.stop()
    """
)


@pytest.fixture
def own_emr(tmp_path: Path) -> Iterator[Emr]:
    with LocalCloud.start(tmp_path / "cloud", more={"EMR_SERVERLESS_ARCHIVES": "unpack"}) as cloud:
        emr = Emr(cloud)
        s3 = emr.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        s3.put_object(Bucket=BUCKET, Key="job.py", Body=JOB.encode())
        s3.put_object(Bucket=BUCKET, Key="orchard.py", Body=b"def double(number):\n    return 2 * number\n")
        yield emr


@pytest.mark.slow
def test_a_pyspark_job_from_s3_runs_with_its_modules_and_its_archive(own_emr: Emr, tmp_path: Path) -> None:
    (tmp_path / "apples.txt").write_text("ripe")
    with tarfile.open(tmp_path / "basket.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "apples.txt", "apples.txt")
    own_emr.client("s3").upload_file(str(tmp_path / "basket.tar.gz"), BUCKET, "basket.tar.gz")
    parameters = (
        f"--py-files s3://{BUCKET}/orchard.py --conf spark.archives=s3://{BUCKET}/basket.tar.gz#basket "
        "--conf spark.jars=/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar "
        "--conf spark.driver.cores=2 --conf spark.driver.memory=4g"
    )
    logs = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}}
    application = own_emr.application()
    run = own_emr.start(application, ["10"], parameters=parameters, configurationOverrides=logs)
    ended = own_emr.ended(application, run)
    folder = f"logs/applications/{application}/jobs/{run}/SPARK_DRIVER"
    assert ended["state"] == "SUCCESS", own_emr.text(f"{folder}/stderr.gz")
    assert "sum 90 master local[2,4] ripe" in own_emr.text(f"{folder}/stdout.gz")
    assert ended["totalExecutionDurationSeconds"] > 0
