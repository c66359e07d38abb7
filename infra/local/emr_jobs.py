"""What the local EMR Serverless must know of this machine to run our jobs: which Spark, Python, Java, jars, endpoints.

It knows none of it by itself (see `emr_serverless/settings.py`), and a job's request is the same here and on AWS.
"""

import importlib.util
import json
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path

from contracts.errors import GiveUp
from contracts.jobs import release, spark_settings
from infra.local import jars
from infra.local.java import find_java


def settings(scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the settings, as environment variables of the local cloud on this port."""
    return {
        "EMR_SERVERLESS_SPARK_SUBMIT": shlex.quote(str(_spark_submit())),
        "EMR_SERVERLESS_PYTHON": sys.executable,
        "EMR_SERVERLESS_CONF": json.dumps(_machine(scratch, port, region)),
        "EMR_SERVERLESS_ENV": json.dumps(_environment()),
        # A request names a jar of the EMR image: here Iceberg is on the class path already.
        "EMR_SERVERLESS_PATHS": json.dumps({release.IN_USE.image_iceberg_jar: ""}),
        "EMR_SERVERLESS_ARCHIVES": "ignore",  # packed for a worker of EMR; this machine has an environment of its own
        "EMR_SERVERLESS_SCRATCH": str(scratch / "emr-serverless"),
    }


def _spark_submit() -> Path:
    """Return the `spark-submit` beside the pyspark that is installed; one by that name on PATH where none is."""
    pyspark = importlib.util.find_spec("pyspark")  # to import it would take a second
    found = Path(pyspark.origin).parent / "bin" / "spark-submit" if pyspark and pyspark.origin else None
    return found or Path("spark-submit")


def _machine(scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the properties that say what this machine is: what `local` has beyond what every job brings itself."""
    endpoint = f"http://127.0.0.1:{port}"
    here = spark_settings.Catalog(warehouse="unused", endpoint=endpoint, region=region)
    everywhere = spark_settings.common(spark_settings.Catalog(warehouse="unused", region=region))
    folder = jars.cache_dir(os.environ)
    iceberg = [folder / jar.file_name for jar in release.IN_USE.jars]
    local = spark_settings.local(here, iceberg, scratch)
    return {name: value for name, value in local.items() if name not in {*everywhere, *spark_settings.JVM_OPTIONS}}


def _environment() -> dict[str, str]:
    # Spark starts a JVM to read its settings, and a second one that runs; neither needs the host's name looked up.
    environment = {"SPARK_LOCAL_IP": "127.0.0.1"}
    with suppress(GiveUp):  # the cloud has other services; a job will say what it lacks
        environment["JAVA_HOME"] = str(find_java().home)
    return environment
