import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.emr_serverless.rules.settings import read


def test_without_settings_the_machines_own_spark_submit_is_used() -> None:
    inherited = {"PATH": "/nowhere", "HOME": "/home", "AWS_REGION": "eu-west-3", "SECRET": "x", "JAVA_HOME": "/java"}
    settings = read({**inherited, "GATEWAY_PORT": "4570"})
    assert settings.spark_submit == ("spark-submit",)
    assert settings.endpoint == "http://127.0.0.1:4570"
    assert settings.environment == {"JAVA_HOME": "/java"}
    assert (settings.minute_seconds, settings.throttling, settings.unpack_archives) == (60.0, False, True)
    assert (settings.master, settings.token_in_file, settings.credential_minutes) == ("local", False, 15.0)


def test_a_program_is_found_on_the_path_of_who_starts_the_cloud(tmp_path: Path) -> None:
    program = tmp_path / "spark-submit"
    program.touch(mode=0o755)
    settings = read({"PATH": str(tmp_path), "EMR_SERVERLESS_SPARK_SUBMIT": "spark-submit --verbose"})
    assert settings.spark_submit == (str(program), "--verbose")


def test_everything_can_be_set() -> None:
    settings = read(
        {
            "EMR_SERVERLESS_SPARK_SUBMIT": "'/my python' /my/spark-submit",
            "EMR_SERVERLESS_CONF": '{"spark.master": "local[1]"}',
            "EMR_SERVERLESS_ENV": '{"JAVA_HOME": "/java"}',
            "EMR_SERVERLESS_PATHS": '{"/usr/share/a.jar": ""}',
            "EMR_SERVERLESS_ARCHIVES": "ignore",
            "EMR_SERVERLESS_MINUTE_SECONDS": "0.5",
            "EMR_SERVERLESS_BILL_MINUTES": "3",
            "EMR_SERVERLESS_THROTTLING": "on",
            "EMR_SERVERLESS_SCRATCH": "/scratch",
            "EMR_SERVERLESS_PYTHON": "/python",
            "EMR_SERVERLESS_MASTER": "cluster",
            "EMR_SERVERLESS_CREDENTIAL_MINUTES": "0.05",
            "EMR_SERVERLESS_TOKEN": "file",
        }
    )
    assert settings.spark_submit == ("/my python", "/my/spark-submit")
    assert settings.properties == {"spark.master": "local[1]"}
    assert settings.environment == {"JAVA_HOME": "/java"}
    assert (settings.scratch, settings.python) == (Path("/scratch"), "/python")
    assert (settings.minute_seconds, settings.throttling, settings.unpack_archives) == (0.5, True, False)
    assert settings.bill_minutes == 3
    assert (settings.master, settings.credential_minutes, settings.token_in_file) == ("cluster", 0.05, True)


def test_another_release_has_what_differs_and_all_else_as_it_is() -> None:
    given = {"EMR_SERVERLESS_CONF": '{"spark.a": "1"}', "EMR_SERVERLESS_PATHS": '{"/usr/a.jar": ""}'}
    other = {
        "SPARK_SUBMIT": "/spark4/spark-submit",
        "CONF": {"spark.b": "2"},
        "ENV": {"JAVA_HOME": "/jdk"},
        "PATHS": {},
    }

    settings = read({**given, "EMR_SERVERLESS_RELEASES": json.dumps({"emr-spark-8.1.0": other})})

    assert settings.of("emr-7.14.0").properties == {"spark.a": "1"}
    found = settings.of("emr-spark-8.1.0")
    assert found.spark_submit == ("/spark4/spark-submit",)
    assert (found.properties, found.environment, found.paths) == ({"spark.b": "2"}, {"JAVA_HOME": "/jdk"}, {})
    assert (
        replace(
            found,
            spark_submit=settings.spark_submit,
            properties=settings.properties,
            environment={},
            paths=settings.paths,
            releases=settings.releases,
        )
        == settings
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMR_SERVERLESS_RELEASES", "[]"),
        ("EMR_SERVERLESS_RELEASES", '{"emr-spark-8.1.0": {"PYTHON": "/python"}}'),
        ("EMR_SERVERLESS_CONF", "{"),
        ("EMR_SERVERLESS_CONF", '{"spark.a": 1}'),
        ("EMR_SERVERLESS_ENV", "[]"),
        ("EMR_SERVERLESS_ARCHIVES", "maybe"),
        ("EMR_SERVERLESS_MINUTE_SECONDS", "0"),
        ("EMR_SERVERLESS_MINUTE_SECONDS", "long"),
        ("EMR_SERVERLESS_BILL_MINUTES", "-1"),
        ("EMR_SERVERLESS_BILL_MINUTES", "soon"),
        ("EMR_SERVERLESS_MASTER", "yarn"),
        ("EMR_SERVERLESS_CREDENTIAL_MINUTES", "0"),
        ("EMR_SERVERLESS_TOKEN", "none"),
        ("EMR_SERVERLESS_TYPO", "x"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        read({name: value})
