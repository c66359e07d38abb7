"""Job runs on EMR Serverless."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import Service, code_of, translated_errors
from chalicelib.domain.sizing import DRIVER_GB, DRIVER_VCPU
from chalicelib.services.ports import Job, JobRun
from chalicelib.settings import StackSettings
from contracts import models
from contracts.jobs import places, report
from contracts.jobs.arguments import (
    DoctorArguments,
    ExtractArguments,
    JobArguments,
    MaintainArguments,
    RefitArguments,
    RepairArguments,
)
from contracts.jobs.emr_release import Release
from contracts.jobs.names import Kind, read
from contracts.jobs.places import Versions
from contracts.jobs.spark_settings import JVM_OPTIONS, Catalog, as_arguments, emr

BILLED = ("vCPUHour", "memoryGBHour", "storageGBHour")


@dataclass(frozen=True, slots=True)
class JobTarget:
    """Where jobs run, and where their code, model, table and logs are."""

    application_id: str
    role_arn: str
    region: str
    lake_bucket: str
    artifacts_bucket: str
    versions: Versions
    release: Release
    glue_database: str
    log_group: str


def target_of(known: StackSettings) -> JobTarget:
    """Return the target that the settings describe."""
    return JobTarget(
        application_id=known.application_id,
        role_arn=known.job_role_arn,
        region=known.common.region,
        lake_bucket=known.lake_bucket,
        artifacts_bucket=known.artifacts_bucket,
        versions=known.versions,
        release=known.release,
        glue_database=known.glue_database,
        log_group=known.log_group,
    )


class EmrJobRunner:
    """See `ports.JobRunner`. `emr` is a boto3 client of `emr-serverless`."""

    def __init__(self, emr: Any, target: JobTarget) -> None:
        self._emr, self._target = emr, target

    def start(self, job: Job) -> str:
        """Start a run and return its id. We set the token, because boto3 would make a new one at each call."""
        asked = request(job, self._target)
        with translated_errors(Service.EMR):
            answer = self._emr.start_job_run(**asked, clientToken=token(asked))
        return str(answer["jobRunId"])

    def get_run(self, run_id: str) -> JobRun | None:
        """Return a run; None if the service does not know it."""
        with translated_errors(Service.EMR):
            try:
                answer = self._emr.get_job_run(applicationId=self._target.application_id, jobRunId=run_id)
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    return None
                raise
        return job_run(answer["jobRun"])


def token(asked: Mapping[str, Any]) -> str:
    """Return the client token of a request: 64 hex digits of a hash over all of it, the run's name included.

    The service refuses another request under a known token (ConflictException), and starts no second run under the
    same one. So a new attempt needs another token, and so does the same attempt after a deployment.
    """
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def job_run(found: Mapping[str, Any]) -> JobRun:
    """Read the answer of GetJobRun. Its `billed`, unlike its `total`, has the minimum of one minute a worker."""
    billed = found.get("billedResourceUtilization") or {}
    return JobRun(
        run_id=found["jobRunId"],
        name=read(str(found.get("name", ""))),
        state=found["state"],
        details=str(found.get("stateDetails", ""))[:500],
        seconds=found.get("totalExecutionDurationSeconds"),
        billed={name: float(billed[name]) for name in BILLED if name in billed} or None,
        created_at=found.get("createdAt"),
    )


def request(job: Job, target: JobTarget) -> dict[str, Any]:
    """Return the members of StartJobRun. Their length does not depend on the photos, which the manifest names. Pure."""
    artifacts, lake = f"s3://{target.artifacts_bucket}", f"s3://{target.lake_bucket}"
    catalog = Catalog(f"{lake}/{places.WAREHOUSE}", region=target.region)
    settings = emr(catalog, artifacts, target.versions, target.release, _size(job), job.name.kind)
    # Their values hold blanks, and the service does not document how to quote its string of parameters.
    apart = {name: settings.pop(name) for name in JVM_OPTIONS}
    fixed = replace(
        _arguments(job.name.kind, target, f"{catalog.name}.{target.glue_database}"),
        region=target.region,
        report=f"{lake}/{places.RESULTS}/{report.key(str(job.name))}",
    )
    return {
        "applicationId": target.application_id,
        "executionRoleArn": target.role_arn,
        # An event has the run's id alone. GetJobRun returns this name, which names the batch or the snapshot.
        "name": str(job.name),
        "executionTimeoutMinutes": job.size.timeout_minutes,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": f"{artifacts}/{target.versions.code_folder}/{places.entry_point(job.name.kind)}",
                "entryPointArguments": [*job.arguments, *fixed.to_list()],
                "sparkSubmitParameters": " ".join(as_arguments(settings)),
            }
        },
        "configurationOverrides": {
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": apart}],
            "monitoringConfiguration": {
                "s3MonitoringConfiguration": {"logUri": f"{lake}/{places.LOGS}/"},
                "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": target.log_group},
            },
        },
    }


def _arguments(kind: Kind, target: JobTarget, database: str) -> JobArguments:
    """Return the arguments that all runs of a kind have."""
    lake = f"s3://{target.lake_bucket}"
    photos, reduced, fitted = f"{database}.photos", f"{database}.reduced", f"{lake}/{models.FOLDER}"
    if kind is Kind.REFIT:
        return RefitArguments(table=photos, reduced=reduced, models=fitted)
    if kind is Kind.MAINTAIN:
        return MaintainArguments(tables=f"{photos},{reduced}", models=fitted)
    if kind is Kind.REPAIR:
        return RepairArguments(table=photos)
    if kind is Kind.DOCTOR:
        return DoctorArguments(artifacts=f"s3://{target.artifacts_bucket}", table=photos)
    return ExtractArguments(
        table=photos,
        artifact=f"s3://{target.artifacts_bucket}/{target.versions.artifact_folder}",
        results=f"{lake}/{places.RESULTS}",
        models=fitted,
    )


def _size(job: Job) -> dict[str, str]:
    size = job.size
    # Half of each worker is heap. The rest is for Python: the workers of an executor, results and pictures of a driver.
    heap, driver_heap = size.executor_gb // 2, DRIVER_GB // 2
    return {
        "spark.driver.cores": str(DRIVER_VCPU),
        "spark.driver.memory": f"{driver_heap}g",
        "spark.driver.memoryOverhead": f"{DRIVER_GB - driver_heap}g",
        "spark.executor.cores": str(size.executor_cores),
        "spark.executor.memory": f"{heap}g",
        "spark.executor.memoryOverhead": f"{size.executor_gb - heap}g",
        "spark.executor.instances": str(size.executors),
        # The default is the cores of the executors registered so far, two at least: a job that asks early gets two.
        "spark.default.parallelism": str(size.executors * size.executor_cores),
        # The default asks for three executors and then for more: one job could take a new account's whole quota.
        "spark.dynamicAllocation.enabled": "false",
    }
