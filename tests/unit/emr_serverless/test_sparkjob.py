from typing import Any

import pytest

from infra.local.emr_serverless.rules.errors import ValidationError
from infra.local.emr_serverless.rules.sparkjob import read_parameters, spark_job

DRIVER = {"sparkSubmit": {"entryPoint": "s3://b/job.py", "entryPointArguments": ["--a", "b c"]}}


def defaults(**properties: str) -> list[dict[str, Any]]:
    return [{"classification": "spark-defaults", "properties": properties}]


def request(parameters: str = "", overrides: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    driver = {**DRIVER["sparkSubmit"], **({"sparkSubmitParameters": parameters} if parameters else {})}
    made: dict[str, Any] = {"jobDriver": {"sparkSubmit": driver}}
    if overrides is not None:
        made["configurationOverrides"] = {"applicationConfiguration": overrides}
    return made


def test_options_become_properties_and_the_rest_stays_options() -> None:
    properties, options = read_parameters(
        "--conf spark.a=b=c --conf 'spark.d=e f' --py-files s3://b/x.zip --driver-memory 4g --num-executors=2 "
        "--class org.Main --verbose"
    )
    assert properties == {
        "spark.a": "b=c",
        "spark.d": "e f",
        "spark.submit.pyFiles": "s3://b/x.zip",
        "spark.driver.memory": "4g",
        "spark.executor.instances": "2",
    }
    assert options == ("--class", "org.Main", "--verbose")


def test_the_later_one_wins() -> None:
    assert read_parameters("--conf spark.a=1 --conf spark.a=2")[0] == {"spark.a": "2"}


@pytest.mark.parametrize("text", ["--conf 'spark.a=1", "s3://b/job.py"])
def test_parameters_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_parameters(text)


def test_submit_parameters_win_over_the_jobs_overrides() -> None:
    job = spark_job((7, 14), {}, request("--conf spark.a=parameters", defaults(**{"spark.a": "job", "spark.b": "job"})))
    assert job.properties == {"spark.a": "parameters", "spark.b": "job"}


def test_a_jobs_spark_defaults_wipe_the_applications_before_8_1_and_are_merged_since() -> None:
    application = {"runtimeConfiguration": defaults(**{"spark.a": "application", "spark.b": "application"})}
    overrides = request(overrides=defaults(**{"spark.a": "job"}))
    assert spark_job((7, 14), application, overrides).properties == {"spark.a": "job"}
    assert spark_job((8, 1), application, overrides).properties == {"spark.a": "job", "spark.b": "application"}


def test_another_classification_wipes_nothing() -> None:
    application = {"runtimeConfiguration": defaults(**{"spark.a": "application"})}
    overrides = request(overrides=[{"classification": "spark-driver-log4j2", "properties": {}}])
    assert spark_job((7, 14), application, overrides).properties == {"spark.a": "application"}


def test_the_entry_point_and_its_arguments_are_kept_as_they_are() -> None:
    job = spark_job((7, 14), {}, request())
    assert (job.entry_point, job.arguments) == ("s3://b/job.py", ("--a", "b c"))


def test_a_hive_job_is_refused() -> None:
    with pytest.raises(ValidationError, match="sparkSubmit"):
        spark_job((7, 14), {}, {"jobDriver": {"hive": {"query": "select 1"}}})
