"""EMR Serverless in the local cloud, through boto3's own client."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.contract.emr import BUCKET, ROLE, Emr, eventually

LOGS = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}}
SMALL = "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1 --conf spark.executor.memory=1g --conf spark.executor.instances=1"  # noqa: E501
STATES = {"source": ["aws.emr-serverless"]}


def code(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    answer: Any = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def output(emr: Emr, application: str, run: str, stream: str = "stdout") -> str:
    return emr.text(f"logs/applications/{application}/jobs/{run}/SPARK_DRIVER/{stream}.gz")


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_run_succeeds_and_its_output_is_where_the_request_wants_it(emr: Emr) -> None:
    application = emr.application()
    run = emr.start(application, ["cat-entry-point", "", "say", "é"], configurationOverrides=LOGS)
    ended = emr.ended(application, run)
    assert ended["state"] == "SUCCESS"
    assert output(emr, application, run) == "the job itself\né\n"
    assert output(emr, application, run, "stderr") == ""


def test_the_event_of_every_state_arrives_in_order_and_has_the_real_shape(emr: Emr) -> None:
    received = emr.events({**STATES, "detail-type": ["EMR Serverless Job Run State Change"]})
    application = emr.application(name="orchard")
    run = emr.start(application, name="pick", tags={"team": "fruit"})
    events = received(4, application)
    changes = [(event["detail"]["previousState"], event["detail"]["state"]) for event in events]
    assert changes == [
        ("SUBMITTED", "PENDING"),
        ("PENDING", "SCHEDULED"),
        ("SCHEDULED", "RUNNING"),
        ("RUNNING", "SUCCESS"),
    ]
    detail = events[-1]["detail"]
    assert set(detail) == {
        "jobRunId", "applicationId", "arn", "releaseLabel", "state", "previousState", "createdBy", "createdAt",
        "updatedAt",
    }  # fmt: skip
    assert (detail["jobRunId"], detail["applicationId"]) == (run, application)
    assert detail["arn"] == f"arn:aws:emr-serverless:eu-west-3:000000000000:/applications/{application}/jobruns/{run}"
    assert (events[-1]["account"], events[-1]["region"]) == ("000000000000", "eu-west-3")


def test_an_application_tells_of_each_of_its_states(emr: Emr) -> None:
    received = emr.events({**STATES, "detail-type": ["EMR Serverless Application State Change"]})
    application = emr.application(name="teller")
    emr.application_in_state(application, "CREATED")
    emr.api.start_application(applicationId=application)
    emr.application_in_state(application, "STARTED")
    emr.api.stop_application(applicationId=application)
    emr.application_in_state(application, "STOPPED")
    emr.api.delete_application(applicationId=application)
    ours = [event["detail"] for event in received(7, application)]
    assert [detail["state"] for detail in ours] == [
        "CREATING", "CREATED", "STARTING", "STARTED", "STOPPING", "STOPPED", "TERMINATED",
    ]  # fmt: skip
    assert ours[0]["autoStopConfig"] == {"enabled": True, "idleTimeout": 15}


def test_a_failure_names_its_exit_code_and_its_last_exception(emr: Emr) -> None:
    application = emr.application()
    ended = emr.ended(application, emr.start(application, ["fail", "3"]))
    assert ended["state"] == "FAILED"
    assert "ExitCode: 3" in ended["stateDetails"]
    assert "ValueError: as it was told" in ended["stateDetails"]


def test_an_entry_point_that_is_not_there_fails_the_run_and_bills_nothing(emr: Emr) -> None:
    application = emr.application()
    driver = {"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/nowhere.py"}}
    started = emr.api.start_job_run(applicationId=application, executionRoleArn=ROLE, jobDriver=driver)
    ended = emr.ended(application, started["jobRunId"])
    assert ended["state"] == "FAILED"
    assert "nowhere.py" in ended["stateDetails"]
    assert ended["billedResourceUtilization"]["vCPUHour"] == 0
    assert "startedAt" not in ended


def test_a_short_run_is_billed_a_minute_of_each_worker(emr: Emr) -> None:
    application = emr.application()
    parameters = f"{SMALL} --conf spark.emr-serverless.executor.disk=30g"
    ended = emr.ended(application, emr.start(application, parameters=parameters))
    assert ended["billedResourceUtilization"] == {
        "vCPUHour": round(2 * 60 / 3600, 3),
        "memoryGBHour": round(4 * 60 / 3600, 3),  # 1 GB and 384 MB of overhead need the worker of 2 GB
        "storageGBHour": round(10 * 60 / 3600, 3),  # 20 of 30 GB are free
    }
    assert 0 < ended["totalResourceUtilization"]["vCPUHour"] < ended["billedResourceUtilization"]["vCPUHour"]


def test_the_same_token_and_request_is_the_same_run(emr: Emr) -> None:
    application = emr.application()
    first = emr.start(application, ["say", "once"], clientToken="token-1")
    emr.ended(application, first)
    assert emr.start(application, ["say", "once"], clientToken="token-1") == first
    assert len(emr.api.list_job_runs(applicationId=application)["jobRuns"]) == 1


def test_the_same_token_with_another_request_is_a_conflict(emr: Emr) -> None:
    application = emr.application()
    emr.start(application, ["say", "once"], clientToken="token-1")
    with pytest.raises(ClientError) as refused:
        emr.start(application, ["say", "twice"], clientToken="token-1")
    assert code(refused) == ("ConflictException", 409)
    assert len(emr.api.list_job_runs(applicationId=application)["jobRuns"]) == 1


def test_without_a_token_every_call_is_a_run_of_its_own(emr: Emr) -> None:
    application = emr.application()
    assert emr.start(application) != emr.start(application)


def test_a_token_belongs_to_its_application(emr: Emr) -> None:
    one, other = emr.application(), emr.application()
    assert emr.start(one, clientToken="token-1") != emr.start(other, clientToken="token-1")


def test_an_application_is_created_once_a_token(emr: Emr) -> None:
    assert emr.application(clientToken="app-1") == emr.application(clientToken="app-1")
    with pytest.raises(ClientError) as refused:
        emr.application(clientToken="app-1", name="another")
    assert code(refused) == ("ConflictException", 409)


def test_a_failing_run_is_tried_again_from_the_beginning_and_keeps_the_logs_of_each_try(
    emr: Emr, tmp_path: Path
) -> None:
    received = emr.events({**STATES, "detail-type": ["EMR Serverless Job Run Retry"]})
    application = emr.application()
    arguments = ["say", "hello", "succeed-on-third", str(tmp_path / "count")]
    run = emr.start(application, arguments, retryPolicy={"maxAttempts": 3}, configurationOverrides=LOGS)
    ended = emr.ended(application, run)
    assert (ended["state"], ended["attempt"]) == ("SUCCESS", 3)
    attempts = emr.api.list_job_run_attempts(applicationId=application, jobRunId=run)["jobRunAttempts"]
    assert [(one["attempt"], one["state"]) for one in attempts] == [(1, "FAILED"), (2, "FAILED"), (3, "SUCCESS")]
    assert emr.run(application, run, attempt=1)["state"] == "FAILED"
    folder = f"logs/applications/{application}/jobs/{run}/attempts"
    assert [emr.text(f"{folder}/{number}/SPARK_DRIVER/stdout.gz") for number in (1, 2, 3)] == ["hello\n"] * 3
    retries = [
        (event["detail"]["previousAttempt"], event["detail"]["newAttempt"]) for event in received(2, application)
    ]
    assert retries == [(1, 2), (2, 3)]
    assert ended["billedResourceUtilization"]["vCPUHour"] == round(3 * 16 * 60 / 3600, 3)


def test_without_a_retry_policy_a_failure_is_final(emr: Emr, tmp_path: Path) -> None:
    application = emr.application()
    ended = emr.ended(application, emr.start(application, ["succeed-on-third", str(tmp_path / "count")]))
    assert (ended["state"], ended["attempt"]) == ("FAILED", 1)


def test_the_attempts_are_no_more_than_the_policy_says(emr: Emr, tmp_path: Path) -> None:
    application, counter = emr.application(), tmp_path / "count"
    run = emr.start(application, ["succeed-on-third", str(counter)], retryPolicy={"maxAttempts": 2})
    assert emr.ended(application, run)["state"] == "FAILED"
    assert counter.read_text() == "xx"


def test_to_cancel_a_running_run_kills_all_that_it_started(emr: Emr, tmp_path: Path, fifo: Path) -> None:
    received = emr.events({**STATES, "detail": {"state": ["CANCELLING", "CANCELLED"]}})
    application, pid_file = emr.application(), tmp_path / "pid"
    run = emr.start(application, ["be-deaf", "", "leave-a-child", str(pid_file), "hold", str(fifo)])
    eventually(pid_file.exists, "the job's child")
    emr.api.cancel_job_run(applicationId=application, jobRunId=run)
    assert emr.ended(application, run)["state"] == "CANCELLED"
    assert gone(int(pid_file.read_text()))
    assert [event["detail"]["state"] for event in received(2, application)] == ["CANCELLING", "CANCELLED"]


def test_with_a_grace_period_a_job_can_clean_up(emr: Emr, tmp_path: Path, fifo: Path) -> None:
    application, cleaned, up = emr.application(), tmp_path / "cleaned", tmp_path / "up"
    run = emr.start(application, ["say-when-told-to-end", str(cleaned), "touch", str(up), "hold", str(fifo)])
    eventually(up.exists, "the job to be up")
    emr.api.cancel_job_run(applicationId=application, jobRunId=run, shutdownGracePeriodInSeconds=15)
    assert emr.ended(application, run)["state"] == "CANCELLED"
    assert cleaned.read_text() == "cleaned up"


def test_what_has_ended_cannot_be_cancelled(emr: Emr) -> None:
    application = emr.application()
    run = emr.start(application)
    emr.ended(application, run)
    with pytest.raises(ClientError) as refused:
        emr.api.cancel_job_run(applicationId=application, jobRunId=run)
    assert code(refused) == ("ValidationException", 400)


def test_a_run_that_takes_too_long_is_cancelled_by_way_of_cancelling(emr: Emr, fifo: Path) -> None:
    received = emr.events({**STATES, "detail": {"state": ["CANCELLING", "CANCELLED", "FAILED"]}})
    application = emr.application()
    run = emr.start(application, ["hold", str(fifo)], executionTimeoutMinutes=5)
    ended = emr.ended(application, run)
    assert ended["state"] == "CANCELLED"
    assert "executionTimeoutMinutes" in ended["stateDetails"]
    assert [event["detail"]["state"] for event in received(2, application)] == ["CANCELLING", "CANCELLED"]


def test_runs_beyond_max_concurrent_runs_are_queued_and_take_their_turn(emr: Emr, fifo: Path) -> None:
    application = emr.application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 720})
    first = emr.start(application, ["hold", str(fifo)])
    second = emr.start(application)
    third = emr.start(application)
    emr.in_state(application, first, "RUNNING")
    emr.in_state(application, second, "QUEUED")
    emr.in_state(application, third, "QUEUED")
    with fifo.open("w"):
        pass
    ended = [emr.ended(application, run) for run in (first, second, third)]
    assert [run["state"] for run in ended] == ["SUCCESS"] * 3
    assert ended[0]["endedAt"] <= ended[1]["startedAt"]
    assert ended[1]["endedAt"] <= ended[2]["startedAt"]
    assert ended[1]["queuedDurationMilliseconds"] > 0


def test_a_run_waits_no_longer_than_the_queue_timeout(emr: Emr, fifo: Path) -> None:
    application = emr.application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 15})
    first = emr.start(application, ["hold", str(fifo)])
    emr.in_state(application, first, "RUNNING")
    second = emr.start(application)
    ended = emr.ended(application, second)
    assert ended["state"] == "CANCELLED"
    assert "startedAt" not in ended
    assert emr.run(application, first)["state"] == "RUNNING"
    emr.api.cancel_job_run(applicationId=application, jobRunId=first)
    emr.ended(application, first)


def test_a_queued_run_can_be_cancelled_and_then_never_runs(emr: Emr, fifo: Path, tmp_path: Path) -> None:
    application = emr.application(schedulerConfiguration={"maxConcurrentRuns": 1})
    first = emr.start(application, ["hold", str(fifo)])
    second = emr.start(application, ["touch", str(tmp_path / "ran")])
    emr.in_state(application, second, "QUEUED")
    emr.api.cancel_job_run(applicationId=application, jobRunId=second)
    assert emr.run(application, second)["state"] == "CANCELLED"
    with fifo.open("w"):
        pass
    emr.ended(application, first)
    assert not (tmp_path / "ran").exists()


def test_a_run_waits_for_capacity_and_one_that_never_fits_fails(emr: Emr, fifo: Path) -> None:
    application = emr.application(maximumCapacity={"cpu": "3 vCPU", "memory": "12 GB"})
    first = emr.start(application, ["hold", str(fifo)], parameters=SMALL)
    second = emr.start(application, parameters=SMALL)
    too_big = emr.start(application)
    assert "maximumCapacity" in emr.ended(application, too_big)["stateDetails"]
    emr.in_state(application, second, "QUEUED")
    with fifo.open("w"):
        pass
    assert emr.ended(application, second)["state"] == "SUCCESS"
    assert emr.ended(application, first)["state"] == "SUCCESS"


def test_a_submitted_run_starts_the_application_and_idleness_stops_it(emr: Emr) -> None:
    application = emr.application(autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 2})
    emr.ended(application, emr.start(application))
    emr.application_in_state(application, "STOPPED")
    assert emr.ended(application, emr.start(application))["state"] == "SUCCESS"


def test_without_auto_start_a_stopped_application_takes_no_run(emr: Emr) -> None:
    application = emr.application(autoStartConfiguration={"enabled": False})
    emr.application_in_state(application, "CREATED")
    with pytest.raises(ClientError) as refused:
        emr.start(application)
    assert code(refused) == ("ValidationException", 400)


def test_a_started_application_is_neither_deleted_nor_changed_and_a_busy_one_is_not_stopped(
    emr: Emr, fifo: Path
) -> None:
    application = emr.application()
    run = emr.start(application, ["hold", str(fifo)])
    emr.in_state(application, run, "RUNNING")
    refused_calls: tuple[Callable[[], Any], ...] = (
        lambda: emr.api.delete_application(applicationId=application),
        lambda: emr.api.stop_application(applicationId=application),
        lambda: emr.api.update_application(applicationId=application, releaseLabel="emr-7.13.0"),
    )
    for call in refused_calls:
        with pytest.raises(ClientError) as refused:
            call()
        assert code(refused) == ("ValidationException", 400)
    changed = emr.api.update_application(applicationId=application, schedulerConfiguration={"maxConcurrentRuns": 2})
    assert changed["application"]["schedulerConfiguration"]["maxConcurrentRuns"] == 2
    emr.api.cancel_job_run(applicationId=application, jobRunId=run)
    emr.ended(application, run)


def test_a_deleted_application_is_no_longer_listed(emr: Emr) -> None:
    application = emr.application()
    emr.application_in_state(application, "CREATED")
    emr.api.delete_application(applicationId=application)
    listed = [one["id"] for one in emr.api.list_applications(maxResults=50)["applications"]]
    assert application not in listed
    assert emr.api.get_application(applicationId=application)["application"]["state"] == "TERMINATED"


def test_runs_are_listed_in_pages_newest_first_and_by_state(emr: Emr) -> None:
    application = emr.application()
    runs = [emr.start(application, ["fail", "1"] if number == 2 else []) for number in range(5)]
    for run in runs:
        emr.ended(application, run)
    pages = emr.api.get_paginator("list_job_runs").paginate(applicationId=application, PaginationConfig={"PageSize": 2})
    listed = [[run["id"] for run in page["jobRuns"]] for page in pages]
    assert listed == [[runs[4], runs[3]], [runs[2], runs[1]], [runs[0]]]
    failed = emr.api.list_job_runs(applicationId=application, states=["FAILED", "CANCELLED"])["jobRuns"]
    assert [run["id"] for run in failed] == [runs[2]]
    created = emr.run(application, runs[3])["createdAt"]
    later = emr.api.list_job_runs(applicationId=application, createdAtAfter=created)["jobRuns"]
    assert [run["id"] for run in later] == [runs[4]]


def test_nine_states_are_one_too_many_for_a_list(emr: Emr) -> None:
    states = ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS", "FAILED", "CANCELLING", "CANCELLED"]
    with pytest.raises(ClientError) as refused:
        emr.api.list_job_runs(applicationId=emr.application(), states=states)
    assert code(refused) == ("ValidationException", 400)


def test_tags_are_put_listed_and_removed(emr: Emr) -> None:
    application = emr.application(tags={"team": "fruit"})
    arn = emr.api.get_application(applicationId=application)["application"]["arn"]
    emr.api.tag_resource(resourceArn=arn, tags={"stage": "test"})
    assert emr.api.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "fruit", "stage": "test"}
    emr.api.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert emr.api.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}


def test_what_is_not_there_is_a_resource_not_found(emr: Emr) -> None:
    application = emr.application()
    for missing in (
        lambda: emr.api.get_application(applicationId="00nowhere"),
        lambda: emr.api.get_job_run(applicationId=application, jobRunId="00nowhere"),
        lambda: emr.start("00nowhere"),
    ):
        with pytest.raises(ClientError) as refused:
            missing()
        assert code(refused) == ("ResourceNotFoundException", 404)


def test_an_application_is_seen_in_its_own_region_and_account_only(emr: Emr) -> None:
    application = emr.application()
    for elsewhere in (emr.client("emr-serverless", region="eu-west-1"), emr.client("emr-serverless", account="1" * 12)):
        with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
            elsewhere.get_application(applicationId=application)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"executionTimeoutMinutes": 0}, "executionTimeoutMinutes"),
        ({"executionTimeoutMinutes": 4}, "executionTimeoutMinutes"),
        ({"executionTimeoutMinutes": 10_081}, "executionTimeoutMinutes"),
        ({"retryPolicy": {"maxAttempts": 11}}, "maxAttempts"),
        ({"executionRoleArn": "arn:aws:iam::000000000000:user/somebody"}, "executionRoleArn"),
        ({"clientToken": "no spaces"}, "clientToken"),
        ({"mode": "SOMETIMES"}, "mode"),
        ({"parameters": "--conf spark.executor.cores=3"}, "spark.executor.cores"),
        ({"parameters": "--conf spark.driver.cores=1 --conf spark.driver.memory=8g"}, "driver"),
    ],
)
def test_a_request_that_the_real_service_refuses_is_refused(emr: Emr, more: dict[str, Any], named: str) -> None:
    application = emr.application()
    with pytest.raises(ClientError, match=named) as refused:
        emr.start(application, **more)
    assert code(refused) == ("ValidationException", 400)
    assert emr.api.list_job_runs(applicationId=application)["jobRuns"] == []


def test_a_job_gets_its_files_its_settings_and_the_address_of_this_cloud(emr: Emr) -> None:
    emr.client("s3").put_object(Bucket=BUCKET, Key="lib/more.py", Body=b"more code")
    application = emr.application()
    parameters = (
        f"--py-files s3://{BUCKET}/lib/more.py --conf spark.emr-serverless.driverEnv.SHAPE=round "
        "--conf spark.sql.shuffle.partitions=7 --conf spark.master=yarn"
    )
    arguments = [
        "cat-property", "spark.submit.pyFiles", "env", "SHAPE", "env", "AWS_ENDPOINT_URL",
        "property", "spark.sql.shuffle.partitions", "property", "spark.master",
    ]  # fmt: skip
    run = emr.start(application, arguments, parameters=parameters, configurationOverrides=LOGS)
    assert emr.ended(application, run)["state"] == "SUCCESS"
    assert output(emr, application, run).split("\n")[:-1] == [
        "more code", "round", emr.cloud.endpoint, "7", f"local[{min(12, os.cpu_count() or 1)},4]",
    ]  # fmt: skip


@pytest.mark.parametrize("account", ["000000000000", "111122223333"])
def test_a_job_calls_as_its_role_in_its_own_account(emr: Emr, account: str) -> None:
    owner = replace(emr, account=account)
    if account != emr.account:
        owner.make_role()
        s3 = owner.client("s3")
        s3.create_bucket(Bucket=owner.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        s3.put_object(Bucket=owner.bucket, Key="job.py", Body=b"the job")
    application = owner.application()
    logs = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{owner.bucket}/logs"}}}
    run = owner.start(application, ["who-am-i", "eu-west-3"], configurationOverrides=logs)
    assert owner.ended(application, run)["state"] == "SUCCESS"
    assert output(owner, application, run).strip() == f"arn:aws:sts::{account}:assumed-role/job/{run}"


def test_cloudwatch_gets_the_drivers_lines(emr: Emr) -> None:
    application = emr.application()
    monitoring = {"cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "/fruits/jobs"}}
    overrides = {"monitoringConfiguration": monitoring}
    run = emr.start(application, ["say", "one", "say", "two"], configurationOverrides=overrides)
    emr.ended(application, run)
    logged = emr.client("logs").get_log_events(
        logGroupName="/fruits/jobs", logStreamName=f"/applications/{application}/jobs/{run}/SPARK_DRIVER/stdout"
    )
    assert [event["message"] for event in logged["events"]] == ["one", "two"]


def test_a_log_bucket_that_is_not_there_does_not_fail_the_run(emr: Emr) -> None:
    application = emr.application()
    overrides = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://no-such-bucket-here/logs"}}}
    assert emr.ended(application, emr.start(application, configurationOverrides=overrides))["state"] == "SUCCESS"


def test_the_final_utilization_event_has_the_figures_of_get_job_run(emr: Emr) -> None:
    received = emr.events({**STATES, "detail-type": ["EMR Serverless Job Resource Utilization Update"]})
    application = emr.application()
    ended = emr.ended(application, emr.start(application))
    detail = received(1, application)[0]["detail"]
    assert detail["resourceUtilizationFinal"] is True
    assert detail["totalBilledResourceUtilization"] == ended["billedResourceUtilization"]
    assert detail["totalResourceUtilization"] == ended["totalResourceUtilization"]
