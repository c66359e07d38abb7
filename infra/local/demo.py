"""The story that `fruits demo` tells: photos in a local S3 become rows, and rows a picture."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from infra.contracts.manifest import Photo, encode, photo_id
from infra.emr.spark_settings import Catalog, local
from infra.local import buckets, limit, neighbours, submit
from infra.local.buckets import Buckets, LabelledFile, Uploaded
from infra.local.cloud import ROOT, STATE_DIR, LocalCloud
from infra.local.jars import iceberg_jars
from infra.local.java import java_home
from infra.local.painter import paint_folder
from infra.local.table_reader import read_table
from spark_app import artifact as artifacts
from spark_app.artifact import Artifact
from spark_app.errors import GiveUp

SHARED_PHOTOS = ROOT.parent / "shared" / "data"
PAINTED_PHOTOS = ROOT / "build" / "photos"
DEFAULT_ARTIFACT = ROOT / "build" / "artifacts" / "efficientnet_lite0-224-fp32"
PAINTED_COUNT, PAINTED_SEED = 600, 0
TABLE = "fruits.lake.photos"
OWNER = "demo"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the demo is asked for. `limit` 0 takes all photos; `photos` None takes what there is."""

    artifact: Path = DEFAULT_ARTIFACT
    photos: Path | None = None
    limit: int = 0
    engine: str = "litert"
    out: Path = ROOT / "build" / "demo"
    cores: int = 2


class Steps(Protocol):
    """Where the story reports how far it is."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Start a step of `total` parts; None: of unknown length."""

    def advance(self) -> None:
        """Finish one part of the step."""

    def end(self) -> None:
        """Finish the step."""


@contextmanager
def _step(steps: Steps, seconds: dict[str, float], name: str, text: str, total: int | None = None) -> Iterator[None]:
    steps.begin(text, total)
    started = perf_counter()
    yield
    seconds[name] = round(perf_counter() - started, 2)
    steps.end()


def run(settings: Settings, steps: Steps) -> dict[str, Any]:
    """Tell the whole story and return its summary; pictures and files are in `settings.out`.

    Raises:
        GiveUp, RetryLater: with a message that says what to do.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    artifact = _artifact(settings.artifact, steps)
    files = chosen(_photo_folder(settings.photos, steps), settings.limit)
    with _step(steps, seconds, "limit", "Measuring this machine's limit"):
        sample = [file.path for file in files[:: max(1, len(files) // 200)]]
        fastest = limit.images_per_second(sample, artifact.flatbuffer, artifact.card.input_size, 4.0, settings.cores)
    with LocalCloud.started(STATE_DIR / "demo") as cloud:
        uploaded = _upload(cloud, settings, files, steps, seconds)
        with _step(steps, seconds, "job", f"Running the extract job on {len(uploaded)} photos (spark-submit)"):
            report = _extract(cloud, settings)
        with _step(steps, seconds, "picture", "Drawing neighbours"):
            rows = read_table(cloud, TABLE.partition(".")[2], ["photo_id", "label", "features"], report["snapshot_id"])
            _draw(rows, uploaded, settings.out / "neighbours.png")
    summary = _summary(report, rows, fastest, seconds)
    (settings.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def _artifact(folder: Path, steps: Steps) -> Artifact:
    if folder == DEFAULT_ARTIFACT and not (folder / artifacts.CARD).exists():
        from spark_app.backbone import Request  # TensorFlow: only for the very first run
        from spark_app.litert_export import export_to

        steps.begin("Exporting the network, this once")
        export_to(Request(), folder)
        steps.end()
    return artifacts.load(folder)


def _photo_folder(given: Path | None, steps: Steps) -> Path:
    """Return the photos to take: the given folder, else the shared real ones, else painted ones."""
    if given is None:
        given = SHARED_PHOTOS if SHARED_PHOTOS.is_dir() else _painted(steps)
    if not given.is_dir():
        raise GiveUp(f"{given} is not a folder: pass --photos a folder with one sub-folder for each label")
    return given


def _painted(steps: Steps) -> Path:
    if not PAINTED_PHOTOS.is_dir():
        unfinished = PAINTED_PHOTOS.with_name("photos.unfinished")
        steps.begin(f"Painting {PAINTED_COUNT} photos, as there are no real ones", PAINTED_COUNT)
        for _ in paint_folder(unfinished, PAINTED_COUNT, PAINTED_SEED):
            steps.advance()
        steps.end()
        unfinished.rename(PAINTED_PHOTOS)
    return PAINTED_PHOTOS


def chosen(folder: Path, count: int) -> list[LabelledFile]:
    """Choose at most `count` files (0: all), spread evenly over the sorted files and so over the labels."""
    files = buckets.labelled_files(folder)
    if not files:
        raise GiveUp(f"no files in {folder}: pass --photos a folder of photos")
    if count == 0 or count >= len(files):
        return files
    return [files[index * len(files) // count] for index in range(count)]


def manifest_of(batch_id: str, uploaded: Sequence[Uploaded]) -> bytes:
    """Write the manifest of a batch of uploads."""
    return encode(
        batch_id,
        [
            Photo(
                photo_id=photo_id(photo.bucket, photo.key, photo.version_id),
                bucket=photo.bucket,
                key=photo.key,
                size_bytes=photo.size_bytes,
                received_at=photo.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                owner_id=photo.owner_id,
                version_id=photo.version_id,
                etag=photo.etag.strip('"'),
            )
            for photo in uploaded
        ],
    )


def _upload(
    cloud: LocalCloud, settings: Settings, files: Sequence[LabelledFile], steps: Steps, seconds: dict[str, float]
) -> list[Uploaded]:
    names = Buckets()
    s3 = buckets.client(cloud, "s3")
    with _step(steps, seconds, "upload", f"Uploading {len(files)} photos to S3", len(files)):
        buckets.create(s3, names)
        uploaded = buckets.upload(s3, names.photos, files, OWNER, on_progress=lambda _: steps.advance())
        s3.put_object(Bucket=names.lake, Key="manifests/demo.jsonl", Body=manifest_of("demo", uploaded))
        for file in sorted(settings.artifact.iterdir()):
            s3.put_object(Bucket=names.artifacts, Key=f"model/{file.name}", Body=file.read_bytes())
    return uploaded


def _extract(cloud: LocalCloud, settings: Settings) -> dict[str, Any]:
    names = Buckets()
    catalog = Catalog(f"s3://{names.lake}/warehouse", endpoint=cloud.endpoint)
    spark = local(catalog, iceberg_jars(), ROOT / "build" / "spark", settings.cores)
    arguments = [
        *("--manifest", f"s3://{names.lake}/manifests/demo.jsonl", "--table", TABLE),
        *("--artifact", f"s3://{names.artifacts}/model", "--engine", settings.engine, "--endpoint", cloud.endpoint),
    ]
    log = settings.out / "extract_job.log"
    env = submit.environment(java_home(os.environ), cloud.environment())
    ended = submit.run(submit.command("extract_job", spark, arguments), env, log)
    if ended.exit_code != 0:
        reason = ended.report.get("error", f"see {log}")
        raise GiveUp(f"the extract job ended with exit code {ended.exit_code}: {reason}")
    return ended.report


def _draw(rows: pa.Table, uploaded: Sequence[Uploaded], target: Path) -> None:
    source = {photo_id(photo.bucket, photo.key, photo.version_id): photo.source for photo in uploaded}
    kept = rows.filter(pa.compute.is_valid(rows["features"]))
    shown = [
        neighbours.Row(str(source[key]), label)
        for key, label in zip(kept["photo_id"].to_pylist(), kept["label"].to_pylist(), strict=True)
    ]
    vectors = kept["features"].combine_chunks()
    features = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(kept), -1)
    neighbours.draw(shown, features, lambda path: Path(path).read_bytes(), target)


def _summary(report: dict[str, Any], rows: pa.Table, fastest: float, seconds: dict[str, float]) -> dict[str, Any]:
    # images_per_second is the job's own: from the first fetch to the commit. The start of Spark is in `seconds`.
    speed = report["images_per_second"]
    stages = {f"job_{stage}": value for stage, value in report["seconds"].items()}
    return {
        "photos": report["photos"],
        "rows": len(rows),
        "features": report["features"],
        "rejections": report["rejections"],
        "images_per_second": speed,
        "limit_images_per_second": round(fastest, 1),
        "share_of_limit": round(speed / fastest, 3),
        "seconds": {**seconds, **stages},
        "snapshot_id": report["snapshot_id"],
        "backbone": report["backbone"],
        "artifact_sha256": report["artifact_sha256"],
    }
