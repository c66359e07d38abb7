"""Start a Spark job the way EMR Serverless does: a real `spark-submit` in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyspark

from infra.emr.spark_settings import as_arguments

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: its exit code, and its last line of standard output where that was a JSON object."""

    exit_code: int
    report: dict[str, Any]


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


def run(command_line: Sequence[str], env: Mapping[str, str], log: Path) -> Ended:
    """Run to the end, everything it prints in `log`: spark-submit puts the job's standard error into its output."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w+b") as output:
        done = subprocess.run(command_line, env=env, stdout=output, stderr=output, check=False)  # noqa: S603
        output.seek(0)
        return Ended(done.returncode, report_of(output.read().decode(errors="replace")))


def report_of(output: str) -> dict[str, Any]:
    """Return the last line that is a JSON object; an empty one where there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}
