"""Job runs on EMR Serverless."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.aws_errors import named
from chalicelib.ports import Job, JobRun
from chalicelib.sizing import DRIVER_GB, DRIVER_VCPU
from infra.emr.spark_settings import Catalog, as_arguments, emr

BILLED = ("vCPUHour", "memoryGBHour", "storageGBHour")


@dataclass(frozen=True, slots=True)
class Place:
    """Where runs run, and where their code, model, table and logs are."""

    application_id: str
    role_arn: str
    region: str
    lake_bucket: str
    artifacts_bucket: str
    glue_database: str
    log_group: str


class EmrJobRunner:
    """See `ports.JobRunner`. `emr` is a boto3 client of `emr-serverless`."""

    def __init__(self, emr: Any, place: Place) -> None:
        self._emr, self._place = emr, place

    def start(self, job: Job, token: str) -> str:
        """Start a run and return its id. The token is ours: boto3 would make a new one at each call."""
        with named("emr"):
            answer = self._emr.start_job_run(**request(job, self._place), clientToken=token)
        return str(answer["jobRunId"])

    def look(self, run_id: str) -> JobRun:
        """Return what is known of a run."""
        with named("emr"):
            answer = self._emr.get_job_run(applicationId=self._place.application_id, jobRunId=run_id)
        return job_run(answer["jobRun"])


def job_run(found: Mapping[str, Any]) -> JobRun:
    """Read what GetJobRun says. `billed`, not `total`: it has the minute that each worker costs at least."""
    billed = found.get("billedResourceUtilization") or {}
    return JobRun(
        run_id=found["jobRunId"],
        batch_id=str(found.get("name", "")).partition("/")[0],
        state=found["state"],
        details=str(found.get("stateDetails", ""))[:500],
        seconds=found.get("totalExecutionDurationSeconds"),
        billed={name: float(billed[name]) for name in BILLED if name in billed},
    )


def request(job: Job, place: Place) -> dict[str, Any]:
    """Return StartJobRun's members: of one length for any number of photos, as photos travel by manifest. Pure."""
    artifacts, lake = f"s3://{place.artifacts_bucket}", f"s3://{place.lake_bucket}"
    catalog = Catalog(f"{lake}/warehouse", region=place.region)
    settings = emr(catalog, f"{artifacts}/code", _size(job))
    return {
        "applicationId": place.application_id,
        "executionRoleArn": place.role_arn,
        # The service's events and GetJobRun tell a run's id; its name leads back to the batch.
        "name": f"{job.batch_id}/{job.attempt}",
        "executionTimeoutMinutes": job.size.timeout_minutes,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": f"{artifacts}/code/extract_job.py",
                "entryPointArguments": [
                    *("--manifest", job.manifest_uri, "--table", f"{catalog.name}.{place.glue_database}.photos"),
                    *("--artifact", f"{artifacts}/model", "--results", f"{lake}/results"),
                ],
                "sparkSubmitParameters": " ".join(as_arguments(settings)),
            }
        },
        "configurationOverrides": {
            "monitoringConfiguration": {
                "s3MonitoringConfiguration": {"logUri": f"{lake}/logs/"},
                "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": place.log_group},
            }
        },
    }


def _size(job: Job) -> dict[str, str]:
    size = job.size
    # Half of an executor is heap; the rest is for Python workers, which are outside of it.
    heap = size.executor_gb // 2
    return {
        "spark.driver.cores": str(DRIVER_VCPU),
        "spark.driver.memory": f"{DRIVER_GB - 1}g",
        "spark.executor.cores": str(size.executor_cores),
        "spark.executor.memory": f"{heap}g",
        "spark.executor.memoryOverhead": f"{size.executor_gb - heap}g",
        "spark.executor.instances": str(size.executors),
        # Else it asks for three, and for ever more: the defaults of one job are a new account's whole quota.
        "spark.dynamicAllocation.enabled": "false",
    }
