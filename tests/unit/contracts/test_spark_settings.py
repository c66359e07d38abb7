"""One source for a laptop and for AWS: what differs between them is listed here, and why."""

from pathlib import Path

import pytest

from contracts.jobs import places
from contracts.jobs.emr_release import EMR_7_14, EMR_SPARK_8_1, RELEASES, Release
from contracts.jobs.names import Kind
from contracts.jobs.places import Versions
from contracts.jobs.spark_settings import JVM, JVM_OPTIONS, MANY_ROWS, QUICK_START, Catalog, emr, local
from infra.emr import package

CATALOG = Catalog("s3://lake/warehouse", region="eu-west-3")

ONLY_HERE = {
    "spark.master": "one JVM; EMR Serverless sets its own",
    "spark.driver.memory": "a laptop's; on AWS the size of the run says it",
    "spark.driver.bindAddress": "loopback only",
    "spark.driver.host": "loopback only",
    "spark.ui.enabled": "nobody looks; on AWS it feeds the service's own dashboard",
    "spark.driver.extraClassPath": "Iceberg is not on the image",
    "spark.sql.warehouse.dir": "within the scratch folder",
    "spark.local.dir": "within the scratch folder",
    "spark.driver.defaultJavaOptions": "where Derby writes",
}
ONLY_ON_AWS = {
    "spark.submit.pyFiles": "our code travels; here it is on the path",
    "spark.archives": "so does our Python; here there is an environment",
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": "it is in the archive",
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": "it is in the archive",
    "spark.executorEnv.PYSPARK_PYTHON": "it is in the archive",
    "spark.jars": "Iceberg is on the image",
}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.label)
@pytest.mark.parametrize("kind", JVM)
def test_a_laptop_and_aws_have_the_same_settings_but_for_those_listed(kind: str, release: Release) -> None:
    here = local(CATALOG, [Path("iceberg.jar")], Path("scratch"), kind=kind)
    there = emr(CATALOG, "s3://artifacts", Versions("0", "1", "2"), release, {}, kind)

    assert set(here) - set(there) == set(ONLY_HERE)
    on_class_path = {"spark.jars"} if release.image_iceberg_jar is None else set()
    assert set(there) - set(here) == set(ONLY_ON_AWS) - on_class_path
    assert {name for name in set(here) & set(there) if here[name] != there[name]} == set()
    assert {here[name] for name in JVM_OPTIONS} == {JVM[kind]}


def test_a_run_names_the_jar_on_the_image_where_sparks_class_path_does_not_have_it() -> None:
    def jars(release: Release) -> str | None:
        return emr(CATALOG, "s3://artifacts", Versions("0", "1", "2"), release, {}, "extract").get("spark.jars")

    assert jars(EMR_7_14) == "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar"
    assert jars(EMR_SPARK_8_1) is None  # the service fails a run that names the other one


def test_each_kind_runs_with_the_flags_that_were_measured_for_it() -> None:
    assert (
        dict.fromkeys(("extract", "refit", "doctor"), QUICK_START) | dict.fromkeys(("maintain", "repair"), MANY_ROWS)
        == JVM
    )


def test_a_jvm_that_is_out_of_memory_ends_and_does_not_hang() -> None:
    assert all("-XX:+ExitOnOutOfMemoryError" in flags for flags in JVM.values())


def test_every_kind_of_job_has_its_flags_and_is_packed() -> None:
    assert set(JVM) == {name.removesuffix("_job.py") for name, _ in package.objects()} - {places.PACKED} == set(Kind)


def test_glue_without_a_region_is_refused_and_a_folder_needs_none() -> None:
    with pytest.raises(ValueError, match="Region"):
        local(Catalog("s3://lake/warehouse"), [], Path("scratch"))

    assert local(Catalog("file:///lake", kind="hadoop"), [], Path("scratch"))
