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
from typing import Any

from contracts.errors import GiveUp
from contracts.jobs import spark_settings
from contracts.jobs.emr_release import EMR_SPARK_8_1, IN_USE, Release
from infra.local import host_environment, jars
from infra.local.java import Java, find_java

ROOT = Path(__file__).resolve().parents[2]
SPARK4 = ROOT / "build" / "local" / "spark4-venv"
"""The environment with the Spark of `EMR_SPARK_8_1`: `make setup-spark4` makes it."""
_THE_JOBS = (*spark_settings.JVM_OPTIONS, "spark.master", "spark.driver.memory")
"""What a job says of itself, or the emulator says from the job's sizes."""


def settings(scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the settings as environment variables for the local cloud on this port."""
    java = None
    with suppress(GiveUp):  # the other services of the cloud need no Java; a job will say that it is missing
        java = find_java(release=IN_USE)
    other_java, missing = _other_java(EMR_SPARK_8_1)
    ours = _of_release(IN_USE, _installed(), java, scratch, port, region)
    other = _of_release(EMR_SPARK_8_1, spark4(), other_java, scratch, port, region)
    return {
        **{f"EMR_SERVERLESS_{name}": one if isinstance(one, str) else json.dumps(one) for name, one in ours.items()},
        "EMR_SERVERLESS_RELEASES": json.dumps({EMR_SPARK_8_1.label: {**other, **missing}}),
        # As on the image: a Python without the jobs' packages, which are in the archive of a request.
        "EMR_SERVERLESS_PYTHON": host_environment.base_python(),
        "EMR_SERVERLESS_SCRATCH": str(scratch / "emr-serverless"),
    }


def spark4() -> Path:
    """Return where the package `pyspark` of `EMR_SPARK_8_1` is, or would be."""
    return SPARK4 / "lib" / "python3.11" / "site-packages" / "pyspark"


def _of_release(
    release: Release, pyspark: Path | None, java: Java | None, scratch: Path, port: int, region: str
) -> dict[str, Any]:
    jar = release.image_iceberg_jar
    return {
        "SPARK_SUBMIT": shlex.quote(str(pyspark / "bin" / "spark-submit" if pyspark else "spark-submit")),
        "CONF": _machine(release, scratch, port, region),
        "ENV": _environment(java),
        # A request names the jar on the image of EMR; here Iceberg is on the class path.
        "PATHS": {jar: ""} if jar else {},
    }


def _other_java(release: Release) -> tuple[Java | None, dict[str, str]]:
    """Return the Java of a release, and what a run says where this machine is not set up for it.

    Java is looked for only where the release is installed: each start of a cloud would wait for it.
    """
    if not (spark4() / "bin" / "spark-submit").exists() or not all(path.exists() for path in _jars(release)):
        return None, {"MISSING": f"Spark {release.spark} is not installed: run `make setup-spark4`"}
    try:
        return find_java(release=release), {}
    except GiveUp as error:
        return None, {"MISSING": str(error)}


def _installed() -> Path | None:
    """Return where the installed pyspark is; None where `spark-submit` is to be found on PATH."""
    found = importlib.util.find_spec("pyspark")  # importing it would take a second
    path = Path(found.origin).parent if found and found.origin else None
    # In the environment of Spark 4 that one is found; the project's own is beside it.
    return ROOT / ".venv" / path.relative_to(SPARK4) if path == spark4() else path


def _jars(release: Release) -> list[Path]:
    folder = jars.cache_dir(os.environ)
    return [folder / jar.file_name for jar in release.jars]


def _machine(release: Release, scratch: Path, port: int, region: str) -> dict[str, str]:
    """Return the properties of this machine: those of `local` that a job does not bring itself."""
    endpoint = f"http://127.0.0.1:{port}"
    here = spark_settings.Catalog(warehouse="unused", endpoint=endpoint, region=region)
    everywhere = spark_settings.common(spark_settings.Catalog(warehouse="unused", region=region))
    local = spark_settings.local(here, _jars(release), scratch)
    ours = {name: value for name, value in local.items() if name not in {*everywhere, *_THE_JOBS}}
    return {**ours, "spark.executor.extraClassPath": local["spark.driver.extraClassPath"]}


def _environment(java: Java | None) -> dict[str, str]:
    # Spark starts one JVM to read its settings and another to run. Without this, both would look up the host's name.
    environment = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
    return environment if java is None else {**environment, "JAVA_HOME": str(java.home)}
