"""Start a Spark job the way EMR Serverless does: a real `spark-submit` in a process of its own."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyspark

from contracts.jobs.spark_settings import as_arguments

ROOT = Path(__file__).resolve().parents[2]


def command(job: str, settings: Mapping[str, str], arguments: Sequence[str]) -> list[str]:
    """Return the command line for a front door of `spark_app`, such as "extract_job"."""
    spark_submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    return [str(spark_submit), *as_arguments(settings), str(ROOT / "spark_app" / f"{job}.py"), *arguments]


def environment(java_home: Path, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the job's environment: this one, with Java, this Python and the given credentials."""
    return {
        **os.environ,
        **credentials,
        "JAVA_HOME": str(java_home),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        # Spark starts a JVM to read its settings, and a second one that runs; neither needs the host's name looked up.
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def report_of(output: str) -> dict[str, Any]:
    """Return the last line that is a JSON object; an empty one where there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}
