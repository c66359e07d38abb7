"""The command line and environment of a staged job. Pure."""

from collections.abc import Mapping
from pathlib import Path

from ..rules.master import master
from ..rules.settings import EmulatorSettings
from ..rules.sparkjob import SparkJob
from ..rules.workers import Workers

_DRIVER_ENV = "spark.emr-serverless.driverEnv."
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def command(settings: EmulatorSettings, job: SparkJob, workers: Workers) -> list[str]:
    """Return the spark-submit command of a staged job. Like the service we say where it runs.

    The machine's properties win over the job's.
    """
    where = {"spark.master": master(settings.master, workers, settings.cores)}
    properties = {**job.properties, **where, **settings.properties}
    configuration = [part for name in sorted(properties) for part in ("--conf", f"{name}={properties[name]}")]
    return [*settings.spark_submit, *configuration, *job.options, job.entry_point, *job.arguments]


def environment(settings: EmulatorSettings, job: SparkJob, access: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return a job's whole environment: little, as on a worker, and nothing of whoever started the local cloud.

    `access` says where its credentials are. There is no key and no Region, and the home is the job's own folder. The
    address of the local cloud is the one thing that must differ from AWS.
    """
    own = _own(job.properties, settings.unpack_archives)
    return {
        "PATH": _PATH,
        "HOME": str(folder),
        **settings.environment,
        "PYSPARK_PYTHON": settings.python,
        "PYSPARK_DRIVER_PYTHON": own.get("PYSPARK_PYTHON", settings.python),
        "AWS_ENDPOINT_URL": settings.endpoint,
        **access,
        "TMPDIR": str(folder),
        **own,
    }


def _own(properties: Mapping[str, str], with_archives: bool) -> dict[str, str]:
    own = {name.removeprefix(_DRIVER_ENV): value for name, value in properties.items() if name.startswith(_DRIVER_ENV)}
    if with_archives:
        return own
    # PYSPARK_* point into an archive that is not unpacked here.
    return {name: value for name, value in own.items() if not name.startswith("PYSPARK_")}
