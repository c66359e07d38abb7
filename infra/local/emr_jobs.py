"""The settings of the local EMR Serverless for our jobs: this machine's Spark, Python, Java, jars and endpoints.

The emulator reads them from its environment (`emr_serverless/rules/settings.py`). So the request for a run is the same
here and on AWS, its archive and its sizes included: a laptop differs in what is named here, and in nothing else.
"""

import importlib.util
import json
import os
import shlex
from contextlib import suppress
from pathlib import Path

from contracts.errors import GiveUp
from contracts.jobs import emr_release, spark_settings
from infra.local import host_environment, jars
from infra.local.java import find_java

_THE_JOBS = (*spark_settings.JVM_OPTIONS, "spark.master", "spark.driver.memory")
"""What a job says of itself, or the emulator says from the job's sizes."""


def settings(scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the settings as environment variables for the local cloud on this port."""
    return {
        "EMR_SERVERLESS_SPARK_SUBMIT": shlex.quote(str(_spark_submit())),
        # As on the image: a Python without the jobs' packages, which are in the archive of a request.
        "EMR_SERVERLESS_PYTHON": host_environment.base_python(),
        "EMR_SERVERLESS_CONF": json.dumps(_machine(scratch, port, region)),
        "EMR_SERVERLESS_ENV": json.dumps(_environment()),
        # A request names the jar on the image of EMR; here Iceberg is on the class path.
        "EMR_SERVERLESS_PATHS": json.dumps({emr_release.IN_USE.image_iceberg_jar: ""}),
        "EMR_SERVERLESS_SCRATCH": str(scratch / "emr-serverless"),
    }


def _spark_submit() -> Path:
    """Return the `spark-submit` of the installed pyspark, or else its bare name, to be found on PATH."""
    pyspark = importlib.util.find_spec("pyspark")  # importing it would take a second
    found = Path(pyspark.origin).parent / "bin" / "spark-submit" if pyspark and pyspark.origin else None
    return found or Path("spark-submit")


def _machine(scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the properties of this machine: those of `local` that a job does not bring itself."""
    endpoint = f"http://127.0.0.1:{port}"
    here = spark_settings.Catalog(warehouse="unused", endpoint=endpoint, region=region)
    everywhere = spark_settings.common(spark_settings.Catalog(warehouse="unused", region=region))
    folder = jars.cache_dir(os.environ)
    iceberg = [folder / jar.file_name for jar in emr_release.IN_USE.jars]
    local = spark_settings.local(here, iceberg, scratch)
    ours = {name: value for name, value in local.items() if name not in {*everywhere, *_THE_JOBS}}
    return {**ours, "spark.executor.extraClassPath": local["spark.driver.extraClassPath"]}


def _environment() -> dict[str, str]:
    # Spark starts one JVM to read its settings and another to run. Without this, both would look up the host's name.
    environment = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
    with suppress(GiveUp):  # the other services of the cloud need no Java; a job will say that it is missing
        environment["JAVA_HOME"] = str(find_java().home)
    return environment
