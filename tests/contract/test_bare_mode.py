"""What the local cloud once gave to jobs and EMR Serverless does not: each was seen to hide a fault of ours.

The driver's Python runs alone here, from the packed environment; `test_real_spark.py` has the whole of it.
"""

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.emr import package
from infra.local import host_environment
from infra.local.cloud import LocalCloud
from tests.contract.emr import BUCKET, Emr
from tests.fakes import driver_alone

DRIVER_ALONE = Path(driver_alone.__file__)
PYTHON = "./environment/bin/python"
PARAMETERS = (
    f"--py-files s3://{BUCKET}/fruits.zip --conf spark.archives=s3://{BUCKET}/environment.tar.gz#environment "
    f"--conf spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON={PYTHON} "
    f"--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON={PYTHON}"
)
LOGS = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}}
# What an entry point does with its options, and a first object to read.
READS = f"""
    import argparse
    from spark_app.entry_point import add_store, store_of
    from spark_app.stores.objects import read_object
    parser = argparse.ArgumentParser()
    add_store(parser)
    print(read_object("s3://{BUCKET}/apple", store_of(parser.parse_args())).decode())
"""
# The same object by obstore's own search for credentials.
READS_BY_ITSELF = f"""
    import os, obstore
    from obstore.store import S3Store
    config = dict(region="eu-west-3", endpoint=os.environ["AWS_ENDPOINT_URL"])
    options = dict(client_options=dict(allow_http=True, timeout="3s"), retry_config=dict(max_retries=0))
    store = S3Store("{BUCKET}", config=config, **options)
    print(bytes(obstore.get(store, "apple").bytes()).decode())
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emr]:
    """A local cloud as ours. Whoever starts it has keys and a Region in the environment."""
    more = {
        "EMR_SERVERLESS_SPARK_SUBMIT": f"{sys.executable} {DRIVER_ALONE}",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "mine",
        "AWS_REGION": "eu-west-3",
        "PYTHONPATH": "/mine",
    }
    with LocalCloud.start(tmp_path_factory.mktemp("bare"), more=more) as cloud:
        yield filled(Emr(cloud))


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emr]:
    """A local cloud as ours once was, by its settings: keys, a Region, and the project's own environment."""
    environment = {
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ACCESS_KEY_ID": "0" * 12,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    more = {
        "EMR_SERVERLESS_SPARK_SUBMIT": f"{sys.executable} {DRIVER_ALONE}",
        "EMR_SERVERLESS_ARCHIVES": "ignore",
        "EMR_SERVERLESS_PYTHON": sys.executable,
        "EMR_SERVERLESS_ENV": json.dumps(environment),
    }
    with LocalCloud.start(tmp_path_factory.mktemp("lenient"), more=more) as cloud:
        yield filled(Emr(cloud))


def filled(emr: Emr) -> Emr:
    """Put a job's code, an object and the packed environment into the bucket, and make the role of its runs."""
    emr.make_role()
    s3 = emr.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket=BUCKET, Key="fruits.zip", Body=package.code_zip())
    s3.put_object(Bucket=BUCKET, Key="apple", Body=b"red")
    s3.upload_file(str(host_environment.prepare()), BUCKET, "environment.tar.gz")
    return emr


def run(emr: Emr, job: str, *arguments: str, parameters: str = PARAMETERS) -> tuple[str, str]:
    """Run a job of these lines; return its errors, empty when it succeeded, and what it printed."""
    emr.client("s3").put_object(Bucket=BUCKET, Key="job.py", Body=textwrap.dedent(job).encode())
    application = emr.application()
    started = emr.start(application, arguments, parameters=parameters, configurationOverrides=LOGS)
    ended = emr.ended(application, started)
    folder = f"logs/applications/{application}/jobs/{started}/SPARK_DRIVER"
    failed = "" if ended["state"] == "SUCCESS" else emr.text(f"{folder}/stderr.gz")
    return failed, emr.text(f"{folder}/stdout.gz").strip()


def test_a_job_has_the_python_of_its_archive_and_the_environment_of_nobody(bare: Emr) -> None:
    job = "import json, os, sys; print(json.dumps([sys.prefix, os.getcwd(), dict(os.environ)]))"

    failed, printed = run(bare, job)

    assert not failed
    prefix, folder, environment = json.loads(printed)
    assert prefix == f"{folder}/environment"
    assert environment["HOME"] == folder
    assert {name for name in environment if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    }
    assert "/mine" not in environment["PYTHONPATH"]


@pytest.mark.parametrize("module", ["boto3", "tensorflow", "chalicelib", "pyspark", "sklearn", "infra"])
def test_a_job_cannot_import_what_its_archive_lacks(bare: Emr, module: str) -> None:
    failed, _ = run(bare, f"import {module}")

    assert f"ModuleNotFoundError: No module named '{module}'" in failed


def test_without_its_archive_a_job_finds_no_package_at_all(bare: Emr) -> None:
    failed, _ = run(bare, "import numpy", parameters=f"--py-files s3://{BUCKET}/fruits.zip")

    assert "No module named 'numpy'" in failed


def test_a_job_reads_s3_with_what_the_endpoint_gives_and_in_the_region_of_its_request(bare: Emr) -> None:
    assert run(bare, READS, "--region", "eu-west-3") == ("", "red")


def test_a_request_that_names_no_region_fails(bare: Emr) -> None:
    failed, _ = run(bare, READS)

    assert "is in no Region" in failed


def test_obstore_finds_no_credentials_by_itself(bare: Emr) -> None:
    failed, _ = run(bare, READS_BY_ITSELF)

    assert "169.254.169.254" in failed  # the instance metadata service, which a worker does not have


def test_the_endpoint_gives_nothing_without_the_token_of_a_run(bare: Emr) -> None:
    asks = """
        import os, urllib.request, urllib.error
        for token in (os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"], "guess"):
            headers = {"Authorization": token}
            try:
                print(urllib.request.urlopen(urllib.request.Request(
                    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers)).status)
            except urllib.error.HTTPError as error:
                print(error.code)
    """

    assert run(bare, asks) == ("", "200\n401")


@pytest.mark.parametrize("job", [READS, READS_BY_ITSELF, "print('red')\nimport boto3"], ids=["region", "keys", "boto3"])
def test_red_twin_a_lenient_cloud_hides_each_of_these_faults(lenient: Emr, job: str) -> None:
    assert run(lenient, job) == ("", "red")
