"""What a job runner promises, whichever it is: the fake and the adapter on the local EMR Serverless."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.job_runner import EmrJobRunner, JobTarget, job_run, request, token
from chalicelib.domain.batches import Batching
from chalicelib.domain.sizing import Capacity, Size, size
from chalicelib.services.ports import Job, JobRunner
from contracts.errors import GiveUp, RetryLater
from contracts.jobs import spark_settings
from contracts.jobs.emr_release import IN_USE
from contracts.jobs.names import Kind, RunName
from contracts.jobs.places import Versions
from infra.local.emr_serverless.rules.sparkjob import spark_job
from tests.contract.emr import BUCKET, Emr
from tests.fakes.functions import FakeJobRunner, FakeManifests

SIZE = Size(1, 2, 15)
JOB = Job(RunName(Kind.EXTRACT, "20261124T080000-ab", 1), ("--manifest", f"s3://{BUCKET}/manifests/b.jsonl"), SIZE)
REFIT = Job(RunName(Kind.REFIT, "8000000000000000001", 1), ("--full", "--k", "50"), SIZE)
MAINTAIN = Job(RunName(Kind.MAINTAIN, "2026-11-24", 2), (), SIZE)
REPAIR = Job(RunName(Kind.REPAIR, "20261127T223000", 1), ("--plan",), SIZE)
REGION, VERSION, ENVIRONMENT, ARTIFACT = "eu-west-3", "0c" * 32, "0e" * 32, "0a" * 32
DOCTOR = Job(RunName(Kind.DOCTOR, "20261127T223000", 1), ("--photos", "s3://p/uploads"), SIZE)
ALL = (JOB, REFIT, MAINTAIN, REPAIR, DOCTOR)
ROLE = "arn:aws:iam::000000000000:role/job"


def target(application_id: str) -> JobTarget:
    return JobTarget(
        application_id,
        ROLE,
        REGION,
        BUCKET,
        BUCKET,
        Versions(VERSION, ENVIRONMENT, ARTIFACT),
        IN_USE,
        "fruits_dev",
        "/fruits/dev/jobs",
    )


@pytest.fixture(params=["fake", "emr-serverless"])
def runner(request: pytest.FixtureRequest) -> JobRunner:
    if request.param == "fake":
        return FakeJobRunner(FakeManifests())
    emr: Emr = request.getfixturevalue("emr")
    return EmrJobRunner(emr.client("emr-serverless"), target(emr.application()))


def test_the_same_request_is_the_same_run(runner: JobRunner) -> None:
    first = runner.start(JOB)

    assert [runner.start(JOB) for _ in range(4)] == [first] * 4


def test_another_attempt_is_another_run_and_so_is_another_size(runner: JobRunner) -> None:
    again = replace(JOB, name=replace(JOB.name, attempt=2))
    larger = replace(JOB, size=replace(SIZE, timeout_minutes=30))

    assert len({runner.start(job) for job in (JOB, again, larger)}) == 3


def test_a_run_that_nobody_knows_is_none(runner: JobRunner) -> None:
    runner.start(JOB)

    assert runner.get_run("00unknown0") is None


def test_a_token_is_one_for_each_request_whatever_of_it_changes() -> None:
    there = target("00f0")
    requests = [
        request(JOB, there),
        request(replace(JOB, name=replace(JOB.name, attempt=2)), there),
        request(replace(JOB, arguments=("--manifest", "s3://b/other")), there),
        request(replace(JOB, size=replace(SIZE, executors=2)), there),
        request(JOB, replace(there, log_group="/other")),
        request(REFIT, there),
        request(replace(REFIT, arguments=()), there),
        request(replace(REFIT, name=replace(REFIT.name, subject="1")), there),
    ]

    tokens = [token(one) for one in requests]
    assert len(set(tokens)) == len(tokens)
    assert all(len(one) == 64 for one in tokens)
    assert token(request(JOB, there)) == tokens[0]


@pytest.mark.parametrize("job", [JOB, REFIT, MAINTAIN, REPAIR], ids=["extract", "refit", "maintain", "repair"])
def test_a_run_leads_back_to_what_it_works_on(runner: JobRunner, job: Job) -> None:
    run_id = runner.start(job)
    run = runner.get_run(run_id)

    assert run is not None
    assert (run.name, run.run_id) == (job.name, run_id)


@pytest.mark.parametrize(
    ("job", "entry", "arguments"),
    [
        (
            JOB,
            "extract_job.py",
            f"--manifest s3://{BUCKET}/manifests/b.jsonl --table fruits.fruits_dev.photos "
            f"--artifact s3://{BUCKET}/artifact/{ARTIFACT} --results s3://{BUCKET}/results --models s3://{BUCKET}/models/pca",
        ),
        (
            REFIT,
            "refit_job.py",
            "--full --k 50 --table fruits.fruits_dev.photos --reduced fruits.fruits_dev.reduced "
            f"--models s3://{BUCKET}/models/pca",
        ),
        (
            MAINTAIN,
            "maintain_job.py",
            f"--tables fruits.fruits_dev.photos,fruits.fruits_dev.reduced --models s3://{BUCKET}/models/pca",
        ),
        (REPAIR, "repair_job.py", "--plan --table fruits.fruits_dev.photos"),
        (
            DOCTOR,
            "doctor_job.py",
            f"--photos s3://p/uploads --artifacts s3://{BUCKET} --table fruits.fruits_dev.photos",
        ),
    ],
    ids=["extract", "refit", "maintain", "repair", "doctor"],
)
def test_each_kind_has_its_entry_point_and_its_arguments(job: Job, entry: str, arguments: str) -> None:
    driver = request(job, target("00f0"))["jobDriver"]["sparkSubmit"]

    assert driver["entryPoint"] == f"s3://{BUCKET}/code/{VERSION}/{entry}"
    reported = f" --region {REGION} --report s3://{BUCKET}/results/{job.name}/report.json"
    assert " ".join(driver["entryPointArguments"]) == arguments + reported


def properties(job: Job) -> dict[str, str]:
    """Return the properties that a run has, as the service puts them together."""
    return dict(spark_job((7, 14), {}, request(job, target("00f0"))).properties)


@pytest.mark.parametrize("job", ALL, ids=lambda job: str(job.name.kind))
def test_half_of_the_drivers_memory_is_left_to_python(job: Job) -> None:
    found = properties(job)

    assert (found["spark.driver.memory"], found["spark.driver.memoryOverhead"]) == ("2g", "2g")


@pytest.mark.parametrize("job", ALL, ids=lambda job: str(job.name.kind))
def test_a_run_takes_one_version_of_the_code(job: Job) -> None:
    asked = json.dumps(request(job, target("00f0")))

    assert re.findall(r"/code/([^/\s\"]*)", asked) == [VERSION] * 2  # the entry point, and what it imports


@pytest.mark.parametrize("job", ALL, ids=lambda job: str(job.name.kind))
def test_a_run_takes_one_environment(job: Job) -> None:
    assert properties(job)["spark.archives"] == f"s3://{BUCKET}/environment/{ENVIRONMENT}.tar.gz#environment"


@pytest.mark.parametrize("job", ALL, ids=lambda job: str(job.name.kind))
def test_every_run_is_told_its_region(job: Job) -> None:
    there = replace(target("00f0"), region="eu-south-2")
    asked = request(job, there)

    arguments = asked["jobDriver"]["sparkSubmit"]["entryPointArguments"]
    assert arguments[arguments.index("--region") + 1] == "eu-south-2"
    assert REGION not in json.dumps(asked)


@pytest.mark.parametrize("job", ALL, ids=lambda job: str(job.name.kind))
def test_each_kind_runs_with_its_flags_of_the_jvm_on_the_driver_and_on_executors(job: Job) -> None:
    found = properties(job)

    assert {found[name] for name in spark_settings.JVM_OPTIONS} == {spark_settings.JVM[job.name.kind]}


@pytest.mark.parametrize(("executors", "cores"), [(1, 2), (3, 4)])
def test_a_run_is_split_for_all_its_cores_before_any_executor_has_registered(executors: int, cores: int) -> None:
    assert properties(replace(JOB, size=Size(executors, cores, 15)))["spark.default.parallelism"] == str(
        executors * cores
    )


def test_the_jobs_arguments_are_the_same_for_1_photo_and_for_100000() -> None:
    capacity, batching = Capacity(16, 64), Batching(1, 100_000, timedelta(0), 1)

    asked = [
        request(replace(JOB, size=size(n / 50, 0, capacity, batching)), target("00f0"))
        for n in (1, 100, 10_000, 100_000)
    ]

    arguments = [one["jobDriver"]["sparkSubmit"]["entryPointArguments"] for one in asked]
    assert all(one == arguments[0] for one in arguments)
    assert max(len(str(one)) for one in asked) - min(len(str(one)) for one in asked) < 10


def test_the_request_asks_for_no_more_than_the_size_and_never_for_more_executors() -> None:
    parameters = request(JOB, target("00f0"))["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]

    for setting in (
        "spark.driver.cores=1",
        "spark.driver.memory=2g",
        "spark.executor.cores=2",
        "spark.executor.memory=2g",
        "spark.executor.memoryOverhead=2g",
        "spark.executor.instances=1",
        "spark.dynamicAllocation.enabled=false",
    ):
        assert setting in parameters


class Refusing:
    """A client whose every call fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error, self.calls = error, 0

    def start_job_run(self, **_: Any) -> None:
        self.calls += 1
        raise self.error


def client_error(code: str, status: int) -> Exception:
    from botocore.exceptions import ClientError

    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    made: Exception = ClientError(answer, "StartJobRun")
    return made


def lost(kind: str) -> Exception:
    from botocore import exceptions

    made: Callable[..., Exception] = getattr(exceptions, kind)
    return made(endpoint_url="https://emr", error="reset")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (client_error("ThrottlingException", 429), RetryLater),
        (client_error("ServiceQuotaExceededException", 402), RetryLater),
        (client_error("InternalServerException", 500), RetryLater),
        (client_error("SomethingNew", 503), RetryLater),
        (lost("ReadTimeoutError"), RetryLater),
        (lost("EndpointConnectionError"), RetryLater),
        (client_error("AccessDeniedException", 403), GiveUp),
        (client_error("ValidationException", 400), GiveUp),
        (client_error("ConflictException", 409), GiveUp),
        (client_error("ResourceNotFoundException", 404), GiveUp),
    ],
)
def test_a_failed_start_is_of_one_of_two_families(error: Exception, family: type[Exception]) -> None:
    client = Refusing(error)

    with pytest.raises(family):
        EmrJobRunner(client, target("00f0")).start(JOB)

    assert client.calls == 1


def test_what_is_billed_is_read_and_not_what_was_used() -> None:
    run = job_run(
        {
            "jobRunId": "r",
            "name": "b/1",
            "state": "SUCCESS",
            "totalExecutionDurationSeconds": 61,
            "totalResourceUtilization": {"vCPUHour": 0.01},
            "billedResourceUtilization": {"vCPUHour": 0.05, "memoryGBHour": 0.2, "storageGBHour": 0.0},
        }
    )

    assert (run.name, run.seconds) == (RunName(Kind.EXTRACT, "b", 1), 61)
    assert run.billed == {"vCPUHour": 0.05, "memoryGBHour": 0.2, "storageGBHour": 0.0}


@pytest.mark.parametrize("told", [{}, {"billedResourceUtilization": None}, {"billedResourceUtilization": {}}])
def test_a_bill_that_is_not_there_yet_is_none_and_not_nothing(told: dict[str, Any]) -> None:
    assert job_run({"jobRunId": "r", "name": "b/1", "state": "SUCCESS", **told}).billed is None
