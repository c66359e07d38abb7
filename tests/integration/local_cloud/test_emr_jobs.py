import json
import sys
from pathlib import Path

import pytest

from contracts.jobs import spark_settings
from contracts.jobs.emr_release import EMR_SPARK_8_1, IN_USE
from infra.local import emr_jobs
from infra.local.emr_serverless.rules import settings

REGION = "eu-north-1"


def properties(tmp_path: Path) -> dict[str, str]:
    return dict(settings.read(emr_jobs.settings(tmp_path, 4570, REGION)).properties)


def test_the_emulator_can_read_every_setting(tmp_path: Path) -> None:
    read = settings.read({**emr_jobs.settings(tmp_path, 4570, REGION), "GATEWAY_PORT": "4570"})
    assert Path(read.spark_submit[0]).name == "spark-submit"
    assert Path(read.spark_submit[0]).exists()
    assert "JAVA_HOME" in read.environment


def test_the_machine_decides_on_the_machine_and_the_job_on_the_rest(tmp_path: Path) -> None:
    ours = properties(tmp_path)
    assert {"spark.driver.host", "spark.local.dir", "spark.driver.extraClassPath"} <= set(ours)
    assert not set(ours) & set(
        spark_settings.common(spark_settings.Catalog(warehouse="s3://lake/warehouse", region=REGION))
    )


def test_the_catalog_of_every_job_is_the_one_of_this_cloud(tmp_path: Path) -> None:
    ours = properties(tmp_path)
    assert ours["spark.sql.catalog.fruits.s3.endpoint"] == "http://127.0.0.1:4570"
    assert ours["spark.sql.catalog.fruits.glue.endpoint"] == "http://127.0.0.1:4570"


def test_the_jar_of_the_emr_image_is_dropped_for_the_one_on_the_class_path(tmp_path: Path) -> None:
    paths = json.loads(emr_jobs.settings(tmp_path, 4570, REGION)["EMR_SERVERLESS_PATHS"])
    assert paths == {IN_USE.image_iceberg_jar: ""}


def test_the_other_release_has_its_own_spark_jars_and_java_or_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emr_jobs, "SPARK4", tmp_path / "nowhere")
    read = settings.read(emr_jobs.settings(tmp_path, 4570, REGION))
    other = read.of(EMR_SPARK_8_1.label)

    jars = [Path(path).name for path in other.properties["spark.driver.extraClassPath"].split(":")]
    assert jars == [jar.file_name for jar in EMR_SPARK_8_1.jars]
    assert Path(other.spark_submit[0]).is_relative_to(tmp_path / "nowhere")
    assert (other.paths, other.scratch, other.python) == ({}, read.scratch, read.python)
    assert (read.missing, other.missing) == ("", "Spark 4.1.1 is not installed: run `make setup-spark4`")
    assert read.of(IN_USE.label) is read


def test_the_machine_leaves_sizes_and_flags_of_the_jvm_to_the_job(tmp_path: Path) -> None:
    sizes = {
        f"spark.{role}.{what}" for role in ("driver", "executor") for what in ("cores", "memory", "memoryOverhead")
    }
    others = {*spark_settings.JVM_OPTIONS, "spark.executor.instances", "spark.default.parallelism", "spark.master"}
    assert not set(properties(tmp_path)) & (sizes | others)


def test_nothing_of_a_job_is_lenient(tmp_path: Path) -> None:
    read = settings.read({**emr_jobs.settings(tmp_path, 4570, REGION), "AWS_REGION": REGION, "HOME": "/home"})
    assert set(read.environment) == {"JAVA_HOME", "SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME"}
    assert (read.unpack_archives, read.master) == (True, "local")
    assert not Path(read.python).is_relative_to(Path(sys.prefix))
