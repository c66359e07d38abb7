from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.emr_serverless.rules.logs import Location, log_stream, s3_location
from infra.local.emr_serverless.rules.records import Run
from tests.fakes.emr_serverless import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


def run(world: World, monitoring: dict[str, Any], application: dict[str, Any] | None = None, **more: Any) -> Run:
    settings = {"monitoringConfiguration": application} if application else {}
    made = world.application(**settings)
    submitted = world.submit(made, configurationOverrides={"monitoringConfiguration": monitoring}, **more)
    return world.service.store.applications[made].runs[submitted]


@pytest.mark.parametrize("uri", ["s3://logs/a/b", "s3://logs/a/b/"])
def test_the_s3_path_is_the_real_services(world: World, uri: str) -> None:
    one = run(world, {"s3MonitoringConfiguration": {"logUri": uri}})
    folder = f"a/b/applications/{one.application.application_id}/jobs/{one.run_id}/SPARK_DRIVER"
    assert s3_location(one, 1, "stdout") == Location("logs", f"{folder}/stdout.gz")


def test_a_bucket_without_a_prefix_is_no_leading_slash(world: World) -> None:
    location = s3_location(run(world, {"s3MonitoringConfiguration": {"logUri": "s3://logs"}}), 1, "stderr")
    assert location is not None
    assert location.key.startswith("applications/")


def test_where_a_run_may_be_tried_again_each_try_has_a_folder(world: World) -> None:
    monitoring = {"s3MonitoringConfiguration": {"logUri": "s3://logs"}}
    location = s3_location(run(world, monitoring, retryPolicy={"maxAttempts": 2}), 2, "stdout")
    assert location is not None
    assert "/attempts/2/SPARK_DRIVER/" in location.key


def test_without_configuration_logs_go_nowhere(world: World) -> None:
    one = run(world, {})
    assert s3_location(one, 1, "stdout") is None
    assert log_stream(one, 1, "stdout") is None


def test_the_applications_monitoring_holds_where_the_run_says_nothing(world: World) -> None:
    ours = {"s3MonitoringConfiguration": {"logUri": "s3://ours"}, "cloudWatchLoggingConfiguration": {"enabled": True}}
    one = run(world, {"s3MonitoringConfiguration": {"logUri": "s3://theirs"}}, ours)
    location = s3_location(one, 1, "stdout")
    assert location is not None
    assert location.bucket == "theirs"
    assert log_stream(one, 1, "stdout") is not None


def test_cloudwatch_is_off_by_default_and_has_a_default_group(world: World) -> None:
    assert log_stream(run(world, {"cloudWatchLoggingConfiguration": {"enabled": False}}), 1, "stdout") is None
    one = run(world, {"cloudWatchLoggingConfiguration": {"enabled": True}})
    stream = f"/applications/{one.application.application_id}/jobs/{one.run_id}/SPARK_DRIVER/stdout"
    assert log_stream(one, 1, "stdout") == ("/aws/emr-serverless", stream)


def test_only_the_wanted_streams_go_to_cloudwatch(world: World) -> None:
    wanted = {"enabled": True, "logTypes": {"SPARK_DRIVER": ["STDERR"]}, "logStreamNamePrefix": "p"}
    one = run(world, {"cloudWatchLoggingConfiguration": wanted})
    assert log_stream(one, 1, "stdout") is None
    found = log_stream(one, 1, "stderr")
    assert found is not None
    assert found[1].startswith("p/applications/")
