"""A local cloud whose spark-submit is a stand-in."""

import sys
from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from tests.contract.emr import BUCKET, MINUTE_SECONDS, STAND_IN, Emr


@pytest.fixture(scope="session")
def emr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emr]:
    """A local cloud with a stand-in for spark-submit, short minutes, and a bucket with a job in it."""
    more = {
        "EMR_SERVERLESS_SPARK_SUBMIT": f"{sys.executable} {STAND_IN}",
        "EMR_SERVERLESS_MINUTE_SECONDS": str(MINUTE_SECONDS),
    }
    with LocalCloud.start(tmp_path_factory.mktemp("emr"), more=more) as cloud:
        emr = Emr(cloud)
        emr.make_role()
        s3 = emr.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        s3.put_object(Bucket=BUCKET, Key="job.py", Body=b"the job itself")
        yield emr
