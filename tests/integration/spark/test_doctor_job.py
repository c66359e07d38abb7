"""The doctor's job on a real Spark, on the local cloud's S3 and Glue: every probe has an outcome, whatever fails."""

import json
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.jobs.probes import SCRATCH_PREFIX, Probe
from infra.local.cloud import LocalCloud
from spark_app import doctor_job
from spark_app.lake import tables


@pytest.fixture
def run(local_cloud: LocalCloud, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the job on a table; return its closing line."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-seen")
    bucket = "doctor-looks-here"
    place = {"LocationConstraint": "eu-west-3"}
    s3 = local_cloud.target().client("s3")
    if bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)

    def closing(table: str) -> dict[str, Any]:
        where = ["--region", "eu-west-3", "--endpoint", local_cloud.endpoint, "--settle-seconds", "1"]
        argv = ["--photos", f"s3://{bucket}/uploads", "--artifacts", f"s3://{bucket}", "--table", table, *where]
        assert doctor_job.main(argv) == 0
        printed = capfd.readouterr().out
        assert "not-to-be-seen" not in printed
        found: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return found

    return closing


def scratch_tables(local_cloud: LocalCloud, database: str) -> list[str]:
    listed = local_cloud.target().client("glue").get_tables(DatabaseName=database)["TableList"]
    return [one["Name"] for one in listed if one["Name"].startswith(SCRATCH_PREFIX)]


def test_every_probe_finds_something_and_nothing_is_left(
    spark: SparkSession, on_s3: str, local_cloud: LocalCloud, run: Any
) -> None:
    tables.ensure_photos(spark, on_s3)

    closing = run(on_s3)

    assert closing["outcome"] == "done"
    found = closing["found"]
    assert set(found) == {probe.value for probe in Probe}
    assert {name: one["error"] for name, one in found.items() if one["error"]} == {}
    value = {name: one["value"] for name, one in found.items()}
    assert value[Probe.PYTHON]["version"].startswith("3.11.")
    assert "AWS_SECRET_ACCESS_KEY" in value[Probe.AWS_VARIABLES]
    assert value[Probe.PYTHON_CREDENTIALS]["source"] == "AWS_ACCESS_KEY_ID"
    assert value[Probe.MISSING_PHOTO] == value[Probe.MISSING_FILE] == "missing"
    assert value[Probe.SCRATCH_TABLE] == {"rows": 1}
    assert value[Probe.VERSIONS]["spark"] == spark.version
    assert value[Probe.VERSIONS]["iceberg"].startswith("1.")
    assert not [name for name, said in value[Probe.PACKAGES].items() if said.startswith("failed")]
    assert value[Probe.WORKER]["cores"] == 2
    assert abs(value[Probe.CLOCK]) < 60
    assert value[Probe.JARS] is None
    assert value[Probe.START]["session_seconds"] >= 0
    database = on_s3.split(".")[1]
    assert scratch_tables(local_cloud, database) == []
    bucket = str(tables.iceberg(spark, on_s3).location()).removeprefix("s3://").partition("/")[0]
    left = local_cloud.target().client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [one["Key"] for one in left if SCRATCH_PREFIX in one["Key"]] == []


def test_where_a_table_cannot_be_made_the_other_probes_still_find_what_there_is(on_s3: str, run: Any) -> None:
    found = run(f"{on_s3.split('.')[0]}.nowhere.photos")["found"]

    failed = {name for name, one in found.items() if one["error"]}
    assert failed == {Probe.DATABASE.value, Probe.SCRATCH_TABLE.value}
    assert found[Probe.SCRATCH_TABLE]["error"].startswith("GiveUp: create: ")


@pytest.mark.usefixtures("spark")
def test_where_no_session_opens_what_needs_none_is_found_and_the_rest_says_why(run: Any) -> None:
    found = run("nowhere.database.photos")["found"]

    assert set(found) == {probe.value for probe in Probe}
    assert found[Probe.PYTHON]["error"] is None
    assert found[Probe.MISSING_PHOTO]["value"] == "missing"
    assert found[Probe.SCRATCH_TABLE]["error"].startswith("there is no session: GiveUp: no catalog 'nowhere'")
