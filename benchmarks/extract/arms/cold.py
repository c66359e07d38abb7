"""(b) Ours, cold: a real spark-submit from process start to commit, as on EMR Serverless."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.extract.arms.common import task
from benchmarks.extract.arms.ours import TABLE, manifest, settings
from infra.local.java import java_home
from infra.ops.report import command, environment


def main() -> None:
    """Become the job: what is measured holds no process of ours around it."""
    given = task()
    folder = Path(tempfile.mkdtemp(dir=given.out))
    path = folder / "batch.jsonl"
    path.write_bytes(manifest(given, "batch-0"))
    where = ["--manifest", str(path), "--table", TABLE, "--artifact", str(given.artifact)]
    line = command("extract_job", settings(folder), [*where, "--folder", f"file://{given.photos.parent}"])
    sys.stdout.flush()
    os.execve(line[0], line, environment(java_home(), {}))  # noqa: S606


if __name__ == "__main__":
    main()
