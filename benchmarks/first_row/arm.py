"""One build, deployed to a local cloud of its own. A script of its own: PYTHONPATH says which build it is.

    python arm.py FOLDER TREE_METER PHOTOS ARTIFACT

For each line on standard input the photos below PHOTOS are uploaded and registered, `submit` makes a batch of them and
asks for a run, and standard output gets one JSON line: what the run took, in seconds from StartJobRun, and its CPU.
"""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from contracts.jobs.names import Kind
from infra.local import cloud as clouds
from infra.local import deploy, emr_jobs
from infra.local.cloud import LocalCloud
from infra.ops import stack, uploads
from infra.ops.pipeline import Pipeline
from infra.ops.polling import poll
from infra.ops.tables import open_table

# No batch is made but by `submit {"now": true}`, when all photos are registered.
PARAMETERS = {**deploy.PARAMETERS, "MaxWaitMinutes": "60"}
WITHIN_SECONDS = 240.0


def main(folder: Path, meter: Path, photos: Path, artifact: Path) -> None:
    """Deploy, say so, and make a run for each line that comes."""
    folder.mkdir(parents=True, exist_ok=True)
    submit = emr_jobs.settings(folder / "unused", 0, clouds.REGION)["EMR_SERVERLESS_SPARK_SUBMIT"]
    command = shlex.join([sys.executable, "-I", "-S", str(meter), str(folder), *shlex.split(submit)])
    with LocalCloud.start(folder / "state", more={"EMR_SERVERLESS_SPARK_SUBMIT": command}) as cloud:
        found = deploy.deploy(cloud.target(), folder / "sam.log", deploy.files_here(artifact), PARAMETERS)
        pipeline = Pipeline(cloud.target(), stack.find(cloud.target(), found.stage))
        _say({"ready": True})
        for _ in sys.stdin:
            _say(measured(pipeline, cloud, photos, folder))


def measured(pipeline: Pipeline, cloud: LocalCloud, photos: Path, folder: Path) -> dict[str, Any]:
    """Upload the photos, have them made a batch, and return what its run took."""
    before = pipeline.state()
    files = uploads.labelled_files(photos)
    uploads.upload(pipeline.s3, pipeline.stack.photos_bucket, files, "benchmark")
    count = before.registered + len(files)
    if not any(pipeline.state().registered == count for _ in poll(lambda: None, within=WITHIN_SECONDS, every=0.2)):
        raise RuntimeError(f"{count} photos were not registered")
    time.sleep(1.0)  # the functions that registered them come to their end, and take no CPU of the run
    pipeline.submit()
    pipeline.wait(before.settled + len(files), lambda _: None, within=WITHIN_SECONDS)
    (run,) = pipeline.runs(Kind.EXTRACT, last=1)
    table = open_table(cloud.target(), f"{pipeline.stack.glue_database}.photos")
    snapshot = table.current_snapshot()
    if run.state != "SUCCESS" or snapshot is None or run.ended_at is None:
        raise RuntimeError(f"the run {run.run_id} is {run.state}: {run.details}")
    asked = run.created_at.timestamp()
    metered = json.loads((folder / f"{run.run_id}.json").read_text())
    report = pipeline.report(run.run_id)
    return {
        "commit": snapshot.timestamp_ms / 1000 - asked,
        "end": run.ended_at.timestamp() - asked,
        "process": metered["began"] - asked,
        "user": metered["user"],
        "system": metered["system"],
        "cpu": metered["user"] + metered["system"],
        "features": report["features"],
        "photos": len(files),
        "steps": report["seconds"],
        "workers": report["workers"],
        "run_id": run.run_id,
    }


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:]))
