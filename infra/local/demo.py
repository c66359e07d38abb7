"""The story that `fruits demo` tells: photos are uploaded, and events do the rest; rows become pictures."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from chalicelib.records import Batch
from infra.contracts.manifest import photo_id
from infra.local import buckets, limit, neighbours, photo_source, stack, timeline
from infra.local.buckets import LabelledFile, Uploaded
from infra.local.cloud import ROOT, STATE_DIR, LocalCloud
from infra.local.photo_source import Steps
from infra.local.pipeline import Pipeline, RunTimes, State
from infra.local.table_reader import read_table
from spark_app import artifact as artifacts
from spark_app.artifact import Artifact

DEFAULT_ARTIFACT = ROOT / "build" / "artifacts" / "efficientnet_lite0-224-fp32"
OWNER = "demo"

Shown = Callable[[State], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the demo is asked for. `limit` 0 takes all photos; `photos` None takes what there is."""

    artifact: Path = DEFAULT_ARTIFACT
    photos: Path | None = None
    limit: int = 0
    out: Path = ROOT / "build" / "demo"
    cores: int = 2


@contextmanager
def _step(steps: Steps, seconds: dict[str, float], name: str, text: str, total: int | None = None) -> Iterator[None]:
    steps.begin(text, total)
    started = perf_counter()
    yield
    seconds[name] = round(perf_counter() - started, 2)
    steps.end()


def run(settings: Settings, steps: Steps, watch: Callable[[], Any]) -> dict[str, Any]:
    """Tell the whole story and return its summary; pictures and files are in `settings.out`.

    `watch()` opens the live view: a context that yields a function to show a `State` with.

    Raises:
        GiveUp, RetryLater: with a message that says what to do.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    artifact = exported(settings.artifact, steps)
    files = photo_source.chosen(photo_source.photo_folder(settings.photos, steps), settings.limit)
    with _step(steps, seconds, "limit", "Measuring this machine's limit"):
        sample = [file.path for file in files[:: max(1, len(files) // 200)]]
        fastest = limit.images_per_second(sample, artifact.flatbuffer, artifact.card.input_size, 4.0, settings.cores)
    with LocalCloud.started(STATE_DIR / "demo") as cloud:
        with _step(steps, seconds, "deploy", "Deploying template.yaml (sam build, sam deploy)"):
            pipeline = Pipeline(cloud, stack.deploy(cloud, settings.out / "sam.log"))
            stack.publish(pipeline.s3, pipeline.stack, settings.artifact)
        with _step(steps, seconds, "upload", f"Uploading {len(files)} photos as the app would", len(files)):
            uploaded = upload(pipeline, files, lambda _: steps.advance())
        started = perf_counter()
        with watch() as shown:
            pipeline.wait(len(uploaded), shown)
        seconds["watch"] = round(perf_counter() - started, 2)
        with _step(steps, seconds, "picture", "Drawing"):
            story = _told(pipeline, cloud, uploaded)
            _draw(story.rows, uploaded, settings.out / "neighbours.png")
            timeline.draw(_timeline(story), settings.out / "timeline.png")
    summary = {**_of_jobs(story, fastest), **_of_events(story), "seconds": seconds}
    (settings.out / "summary.json").write_text(json.dumps(summary, indent=2, default=str) + "\n")
    return summary


def exported(folder: Path, steps: Steps) -> Artifact:
    """Read the artifact; export the default one if it is not there yet."""
    if folder == DEFAULT_ARTIFACT and not (folder / artifacts.CARD).exists():
        from spark_app.backbone import Request  # TensorFlow: only for the very first run
        from spark_app.litert_export import export_to

        steps.begin("Exporting the network, this once")
        export_to(Request(), folder)
        steps.end()
    return artifacts.load(folder)


def upload(pipeline: Pipeline, files: Sequence[LabelledFile], progress: Callable[[int], None]) -> list[Uploaded]:
    """Upload files to the stack's photos bucket."""
    return buckets.upload(pipeline.s3, pipeline.stack.photos_bucket, files, OWNER, on_progress=progress)


@dataclass(frozen=True, slots=True)
class _Story:
    """All that was found out at the end."""

    uploaded: Sequence[Uploaded]
    rows: pa.Table
    batches: Sequence[Batch]
    runs: Sequence[RunTimes]
    reports: Mapping[str, Mapping[str, Any]]
    committed: Mapping[str, datetime]
    collected: "Counter[str]"

    def waits(self) -> list[float]:
        """Seconds from each upload to its row."""
        since = {_id(photo): photo.received_at for photo in self.uploaded}
        pairs = zip(self.rows["photo_id"].to_pylist(), self.rows["batch_id"].to_pylist(), strict=True)
        return [
            (self.committed[batch] - since[photo]).total_seconds()
            for photo, batch in pairs
            if photo in since and batch in self.committed
        ]


def _told(pipeline: Pipeline, cloud: LocalCloud, uploaded: Sequence[Uploaded]) -> _Story:
    batches = pipeline.look().batches
    runs = pipeline.runs()
    committed = {batch.batch_id: pipeline.committed(batch) for batch in batches}
    table = f"{pipeline.stack.glue_database}.photos"
    return _Story(
        uploaded=uploaded,
        rows=read_table(cloud, table, ["photo_id", "batch_id", "label", "rejection", "features"]),
        batches=batches,
        runs=runs,
        reports={run.run_id: pipeline.report(run.run_id) for run in runs},
        committed={name: moment for name, moment in committed.items() if moment is not None},
        collected=pipeline.collected(),
    )


def _id(photo: Uploaded) -> str:
    return photo_id(photo.bucket, photo.key, photo.version_id)


def _draw(rows: pa.Table, uploaded: Sequence[Uploaded], target: Path) -> None:
    source = {_id(photo): photo.source for photo in uploaded}
    kept = rows.filter(pa.compute.is_valid(rows["features"]))
    shown = [
        neighbours.Row(str(source[key]), label)
        for key, label in zip(kept["photo_id"].to_pylist(), kept["label"].to_pylist(), strict=True)
    ]
    vectors = kept["features"].combine_chunks()
    features = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(kept), -1)
    neighbours.draw(shown, features, lambda path: Path(path).read_bytes(), target)


def _timeline(story: _Story) -> timeline.Story:
    photos = {batch.batch_id: batch.photos for batch in story.batches}
    now = datetime.now(UTC)
    return timeline.Story(
        uploads=[photo.received_at for photo in story.uploaded],
        claims=[(batch.created_at, batch.photos) for batch in story.batches],
        runs=[
            timeline.RunSpan(
                asked=run.created_at,
                began=run.started_at or run.ended_at or now,
                ended=run.ended_at or now,
                photos=photos.get(run.batch_id, 0),
                state=run.state,
            )
            for run in story.runs
        ],
        rows=[story.committed[batch] for batch in story.rows["batch_id"].to_pylist() if batch in story.committed],
    )


def _of_jobs(story: _Story, fastest: float) -> dict[str, Any]:
    """What the jobs say of themselves. images_per_second: from the first fetch to the commit, of all runs together."""
    done = [report for report in story.reports.values() if report.get("outcome") == "done"]
    work = sum(report["seconds"]["extract_and_commit"] for report in done)
    photos = sum(report["photos"] for report in done)
    rejections: Counter[str] = Counter()
    for report in done:
        rejections.update(report["rejections"])
    speed = photos / work if work else 0.0
    last = done[-1] if done else {}
    return {
        "photos": photos,
        "rows": len(story.rows),
        "features": sum(report["features"] for report in done),
        "rejections": dict(rejections),
        "images_per_second": round(speed, 1),
        "limit_images_per_second": round(fastest, 1),
        "share_of_limit": round(speed / fastest, 3),
        "snapshot_id": last.get("snapshot_id"),
        "backbone": last.get("backbone"),
        "artifact_sha256": last.get("artifact_sha256"),
    }


def _of_events(story: _Story) -> dict[str, Any]:
    """What became of the uploads: `lost` have no row, `duplicated` rows are beyond the first of a photo."""
    wanted = {_id(photo) for photo in story.uploaded}
    found = story.rows["photo_id"].to_pylist()
    waits = sorted(story.waits())
    sizes = {batch.batch_id: batch.photos for batch in story.batches}
    return {
        "uploads": len(story.uploaded),
        "events": sum(story.collected[name] for name in ("accepted", "duplicate")),
        "duplicates": story.collected["duplicate"],
        "batches": sum(batch.photos > 0 for batch in story.batches),
        "runs": [
            {
                "id": run.run_id,
                "state": run.state,
                "photos": sizes.get(run.batch_id, 0),
                "seconds": run.seconds,
                "billed": dict(run.billed),
            }
            for run in story.runs
        ],
        "seconds_upload_to_row": {
            "p50": round(float(np.percentile(waits, 50)), 1),
            "p95": round(float(np.percentile(waits, 95)), 1),
            "max": round(waits[-1], 1),
        }
        if waits
        else {},
        "lost": len(wanted - set(found)),
        "duplicated": len(found) - len(set(found)),
    }
