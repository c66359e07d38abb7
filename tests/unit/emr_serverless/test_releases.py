"""Each application's jobs run on the Spark of its release."""

from pathlib import Path

from infra.local.emr_serverless.rules.settings import EmulatorSettings
from tests.fakes.emr_serverless import World

OTHER = "emr-spark-8.1.0"


def world(tmp_path: Path, missing: str = "") -> World:
    other = EmulatorSettings(
        endpoint="http://127.0.0.1:1",
        scratch=tmp_path,
        spark_submit=("/spark4/spark-submit",),
        environment={"JAVA_HOME": "/whole"},
        missing=missing,
    )
    return World(tmp_path, spark_submit=("/spark/spark-submit",), releases={OTHER: other})


def test_a_job_runs_on_the_spark_and_the_java_of_its_applications_release(tmp_path: Path) -> None:
    made = world(tmp_path)
    applications = [made.application(), made.application(releaseLabel=OTHER)]
    for application in applications:
        made.wait_for(application, made.submit(application), "RUNNING")

    launches = [process.launch for process in made.processes]
    made.end()

    assert [launch.command[0] for launch in launches] == ["/spark/spark-submit", "/spark4/spark-submit"]
    assert [launch.environment.get("JAVA_HOME") for launch in launches] == [None, "/whole"]


def test_a_job_on_a_release_that_this_machine_lacks_fails_and_says_what_to_do(tmp_path: Path) -> None:
    made = world(tmp_path, missing="Spark 4.1.1 is not installed: run `make setup-spark4`")
    application = made.application(releaseLabel=OTHER)
    run = made.submit(application)

    made.wait_for(application, run, "FAILED")

    details = made.run(application, run)["stateDetails"]
    assert details == "Job failed, Spark 4.1.1 is not installed: run `make setup-spark4`"
    assert made.processes == []
