"""(b) Ours, cold: a real spark-submit from process start to commit, as on EMR Serverless."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyspark

from benchmarks.extract.arms.common import task
from benchmarks.extract.arms.ours import manifest, settings, table
from contracts.jobs.spark_settings import as_arguments
from infra.local.java import java_home

ROOT = Path(__file__).resolve().parents[3]


def _command(job: str, settings: Mapping[str, str], arguments: Sequence[str]) -> list[str]:
    """Return the command line of a job of `spark_app`, such as "extract_job"."""
    spark_submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    return [str(spark_submit), *as_arguments(settings), str(ROOT / "spark_app" / f"{job}.py"), *arguments]


def _environment(java: Path) -> dict[str, str]:
    """Return the job's environment: this one, with Java and this Python."""
    return {
        **os.environ,
        "JAVA_HOME": str(java),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        # Spark starts one JVM to read its settings and one that runs: neither need look up the host's name.
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def main() -> None:
    """Become the job: what is measured holds no process of ours around it."""
    given = task()
    folder = Path(tempfile.mkdtemp(dir=given.out))
    path = folder / "batch.jsonl"
    photos = given.folders[0]
    path.write_bytes(manifest(photos, "batch-0"))
    where = ["--manifest", str(path), "--table", table(0), "--artifact", str(given.artifact)]
    line = _command("extract_job", settings(folder), [*where, "--folder", f"file://{photos.parent}"])
    sys.stdout.flush()
    os.execve(line[0], line, _environment(java_home()))  # noqa: S606


if __name__ == "__main__":
    main()
