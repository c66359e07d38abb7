"""The service in a world where time is the test's: what the defaults promise, to the minute."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.emr_serverless.rules.errors import ConflictError, ValidationError
from tests.fakes.emr_serverless import ROLE, World

ONE_AT_A_TIME = {"maxConcurrentRuns": 1}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


def test_a_run_is_cancelled_after_twelve_hours_by_default_and_not_before(world: World) -> None:
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    world.pass_minutes(719.9)
    assert world.state(application, run) == "RUNNING"
    world.pass_minutes(0.1)
    world.wait_for(application, run, "CANCELLED")


def test_a_queued_run_waits_six_hours_by_default_and_no_longer(world: World) -> None:
    application = world.application(schedulerConfiguration=ONE_AT_A_TIME)
    first, second = world.submit(application), world.submit(application)
    world.wait_for(application, first, "RUNNING")
    world.pass_minutes(359.9)
    assert world.state(application, second) == "QUEUED"
    world.pass_minutes(0.1)
    assert world.state(application, second) == "CANCELLED"
    assert world.run(application, second)["queuedDurationMilliseconds"] == 360 * 60_000
    assert world.state(application, first) == "RUNNING"


def test_an_idle_application_stops_after_a_quarter_of_an_hour_counted_from_its_last_run(world: World) -> None:
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    world.pass_minutes(60)
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    world.pass_minutes(14.9)
    assert world.service.store.applications[application].state == "STARTED"
    world.pass_minutes(0.1)
    assert world.service.store.applications[application].state == "STOPPED"


def test_fifteen_runs_at_once_are_the_default(world: World) -> None:
    application = world.application()
    runs = [world.submit(application) for _ in range(16)]
    assert [world.state(application, run) for run in runs].count("QUEUED") == 1
    assert world.state(application, runs[-1]) == "QUEUED"


def test_before_7_0_nothing_is_queued(world: World) -> None:
    application = world.application(releaseLabel="emr-6.15.0")
    runs = [world.submit(application) for _ in range(16)]
    assert "QUEUED" not in [world.state(application, run) for run in runs]


def test_an_hour_is_billed_as_an_hour(world: World) -> None:
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    assert "billedResourceUtilization" not in world.run(application, run)
    world.pass_minutes(60)
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    described = world.run(application, run)
    assert described["billedResourceUtilization"] == {"vCPUHour": 16, "memoryGBHour": 64, "storageGBHour": 0}
    assert described["totalResourceUtilization"] == {"vCPUHour": 16, "memoryGBHour": 64, "storageGBHour": 80}
    assert described["totalExecutionDurationSeconds"] == 3600


def test_a_bill_may_come_later_than_the_end(tmp_path: Path) -> None:
    world = World(tmp_path, bill_minutes=3)
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    world.pass_minutes(60)
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    early = world.run(application, run)
    world.pass_minutes(2)
    assert (early["billedResourceUtilization"], world.run(application, run)) == ({}, early)
    assert early["totalResourceUtilization"]["vCPUHour"] == 16
    world.pass_minutes(1)
    assert world.run(application, run)["billedResourceUtilization"]["vCPUHour"] == 16


def test_a_token_is_remembered_after_its_run_has_failed(world: World) -> None:
    """Trap: a fixed token can never bring a failed batch to run again."""
    application = world.application()
    run = world.submit(application, clientToken="fixed")
    world.wait_for(application, run, "RUNNING")
    world.processes[0].end(1)
    world.wait_for(application, run, "FAILED")
    assert world.submit(application, clientToken="fixed") == run
    assert len(world.processes) == 1
    with pytest.raises(ConflictError):
        world.submit(application, clientToken="fixed", name="another")


def test_a_job_that_ends_with_the_machine_is_not_tried_again(world: World) -> None:
    application = world.application()
    run = world.submit(application, retryPolicy={"maxAttempts": 10})
    world.wait_for(application, run, "RUNNING")
    world.processes[0].end(-15, from_outside=True)
    world.wait_for(application, run, "FAILED")
    assert len(world.processes) == 1


def test_to_close_stops_every_job_at_once(world: World) -> None:
    application = world.application()
    runs = [world.submit(application) for _ in range(3)]
    for run in runs:
        world.wait_for(application, run, "RUNNING")
    world.service.close()
    assert [process.stopped_with_grace for process in world.processes] == [[0]] * 3


def test_a_second_cancel_is_ignored_and_the_grace_of_a_batch_run_is_none(world: World) -> None:
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    with world.service.store.changed:  # the process ends, but nobody can take note of it yet
        world.perform("CancelJobRun", applicationId=application, jobRunId=run)
        world.perform("CancelJobRun", applicationId=application, jobRunId=run, shutdownGracePeriodInSeconds=60)
        assert world.state(application, run) == "CANCELLING"
    world.wait_for(application, run, "CANCELLED")
    assert world.processes[0].stopped_with_grace == [0]


@pytest.mark.parametrize("seconds", [1, 14, 1801, -1])
def test_a_grace_period_outside_its_range_is_refused(world: World, seconds: int) -> None:
    application = world.application()
    run = world.submit(application)
    with pytest.raises(ValidationError, match="shutdownGracePeriodInSeconds"):
        world.perform("CancelJobRun", applicationId=application, jobRunId=run, shutdownGracePeriodInSeconds=seconds)


@pytest.mark.parametrize("label", ["emr-7.14.0", "emr-spark-8.1.0", "emr-spark-8.0-preview", "emr-6.15.0"])
def test_release_labels_of_every_line_are_known(world: World, label: str) -> None:
    assert world.application(releaseLabel=label)


@pytest.mark.parametrize(
    "settings",
    [
        {"releaseLabel": "8.1.0"},
        {"type": "HIVE"},
        {"schedulerConfiguration": {"maxConcurrentRuns": 1001}},
        {"schedulerConfiguration": {"queueTimeoutMinutes": 14}},
        {"releaseLabel": "emr-6.15.0", "schedulerConfiguration": ONE_AT_A_TIME},
    ],
)
def test_an_application_that_the_service_does_not_have_is_refused(world: World, settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        world.application(**settings)
    assert world.service.store.applications == {}


def test_a_timeout_of_zero_is_for_ever_before_7_11_and_for_streams(world: World) -> None:
    old, new = world.application(releaseLabel="emr-7.10.0"), world.application()
    runs = [
        (old, world.submit(old, executionTimeoutMinutes=0)),
        (new, world.submit(new, executionTimeoutMinutes=0, mode="STREAMING")),
    ]
    for application, run in runs:
        world.wait_for(application, run, "RUNNING")
    world.pass_minutes(1_000_000)
    assert [world.state(application, run) for application, run in runs] == ["RUNNING"] * 2
    with pytest.raises(ValidationError):
        world.submit(new, executionTimeoutMinutes=0)


def test_a_stream_is_tried_again_until_it_fails_too_often_within_an_hour(world: World) -> None:
    application = world.application()
    run = world.submit(application, mode="STREAMING", retryPolicy={"maxFailedAttemptsPerHour": 2})
    for number, minutes in enumerate(
        (0, 61, 1)
    ):  # the second failure comes an hour after the first, the third does not
        world.wait_for(application, run, "RUNNING")
        world.pass_minutes(minutes)
        world.processes[number].end(1)
        if number < 2:
            world.wait_for_attempt(application, run, number + 2)
    world.wait_for(application, run, "FAILED")
    assert len(world.processes) == 3


def test_the_work_folder_goes_and_the_logs_stay(world: World, tmp_path: Path) -> None:
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    launch = world.processes[0].launch
    assert launch.folder.exists()
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    assert not launch.folder.exists()
    assert (tmp_path / run / "1" / "logs" / "stdout").read_text() == "out"


def test_a_run_reads_its_files_and_writes_its_logs_as_its_role_and_its_session_ends_with_it(world: World) -> None:
    application = world.application()
    overrides = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://b/logs"}}}
    run = world.submit(application, configurationOverrides=overrides)
    world.wait_for(application, run, "RUNNING")
    token = world.processes[0].launch.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert world.sessions.credentials(token) == world.issuer.issued[0]
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    assert world.sessions.credentials(token) is None
    callers = [(one.credentials.token, one.credentials.secret_access_key, one.region) for one in world.callers]
    source = f"arn:aws:emr-serverless:eu-west-3:123456789012:/applications/{application}/jobruns/{run}"
    assert callers == [(ROLE, source, "eu-west-3")] * 3  # files, and two logs


def test_a_long_run_writes_its_logs_with_credentials_that_are_still_good(world: World) -> None:
    application = world.application()
    overrides = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://b/logs"}}}
    run = world.submit(application, configurationOverrides=overrides)
    world.wait_for(application, run, "RUNNING")
    world.pass_minutes(60)
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    assert world.callers[-1].credentials.expires_at > world.now


def test_a_role_that_may_not_be_assumed_fails_the_run_and_names_it(world: World) -> None:
    world.issuer.refused.add(ROLE)
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "FAILED")
    details = world.run(application, run)["stateDetails"]
    assert details.startswith(f"Could not assume execution role {ROLE}")
    assert world.processes == []


def test_the_token_may_lie_in_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    world = World(tmp_path, token_in_file=True)
    application = world.application()
    run = world.submit(application)
    world.wait_for(application, run, "RUNNING")
    environment = world.processes[0].launch.environment
    file = Path(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN" not in environment
    assert file.stat().st_mode & 0o777 == 0o600
    assert world.sessions.credentials(file.read_text()) is not None
    world.processes[0].end(0)
    world.wait_for(application, run, "SUCCESS")
    assert not file.exists()


def test_an_application_is_deleted_only_while_it_is_stopped(world: World) -> None:
    application = world.application()
    world.perform("StartApplication", applicationId=application)
    world.service.settle()
    words = r"must be in of the following statuses \[CREATED, STOPPED\]. Current status: STARTED"
    with pytest.raises(ValidationError, match=f"Application {application} {words}"):
        world.perform("DeleteApplication", applicationId=application)
