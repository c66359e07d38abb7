"""The command line and environment of a staged job. Pure."""

from collections.abc import Mapping
from pathlib import Path

from ..rules.settings import EmulatorSettings
from ..rules.sparkjob import SparkJob

_DRIVER_ENV = "spark.emr-serverless.driverEnv."


def command(settings: EmulatorSettings, job: SparkJob) -> list[str]:
    """Return the spark-submit command of a staged job; the machine's properties win over the job's."""
    properties = {**job.properties, **settings.properties}
    configuration = [part for name in sorted(properties) for part in ("--conf", f"{name}={properties[name]}")]
    return [*settings.spark_submit, *configuration, *job.options, job.entry_point, *job.arguments]


def environment(settings: EmulatorSettings, job: SparkJob, account: str, region: str, folder: Path) -> dict[str, str]:
    """Return a job's whole environment: the machine's, the address of the local cloud, and the job's `driverEnv`."""
    own = _own(job.properties, settings.unpack_archives)
    return {
        **settings.environment,
        "PYSPARK_PYTHON": settings.python,
        "PYSPARK_DRIVER_PYTHON": own.get("PYSPARK_PYTHON", settings.python),
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": account,  # twelve digits: the local cloud takes them for the account
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "TMPDIR": str(folder),
        **own,
    }


def _own(properties: Mapping[str, str], with_archives: bool) -> dict[str, str]:
    own = {name.removeprefix(_DRIVER_ENV): value for name, value in properties.items() if name.startswith(_DRIVER_ENV)}
    if with_archives:
        return own
    # PYSPARK_* point into an archive that is not unpacked here.
    return {name: value for name, value in own.items() if not name.startswith("PYSPARK_")}
