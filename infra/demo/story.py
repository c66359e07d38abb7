"""What `fruits demo` does: it uploads photos, events do the rest, and the rows become a model and pictures."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from infra.demo import limit, photo_source, pictures, summary
from infra.demo.held_back import split_off
from infra.local import cloud, deploy
from infra.local.cloud import ROOT, STATE_DIR, LocalCloud
from infra.ops import models, scheduled_jobs, uploads
from infra.ops.folders import make_folder
from infra.ops.pipeline import Pipeline
from infra.ops.stack import Stack
from infra.ops.stack_state import RunTimes, StackState
from infra.ops.uploads import LabelledFile, Uploaded
from infra.steps import Steps
from spark_app.network import artifact as artifacts
from spark_app.network.artifact import Artifact
from spark_app.network.backbones import artifact_name

DEFAULT_ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
OWNER = "demo"


class Views(Protocol):
    """The live views: each is open for the length of a `with`, and yields what shows the present state."""

    def of_photos(self) -> AbstractContextManager[Callable[[StackState], None]]:
        """Open the view of photos and batches."""

    def of_run(self) -> AbstractContextManager[Callable[[RunTimes], None]]:
        """Open the view of one job run."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The demo's options. `limit` 0 takes all photos; `photos` None takes what there is (see `photo_source`).

    `keep`: use the cloud that the other commands use, and leave it up.
    """

    artifact: Path = DEFAULT_ARTIFACT
    photos: Path | None = None
    limit: int = 0
    out: Path = ROOT / "build" / "demo"
    cores: int = 2
    keep: bool = False
    state_dir: Path = STATE_DIR


def run(settings: DemoSettings, steps: Steps, views: Views) -> dict[str, Any]:
    """Run the whole demo and return its summary; pictures and files are in `settings.out`.

    Raises:
        GiveUp, RetryLater: with a message that says what to do.
    """
    make_folder(settings.out)
    seconds: dict[str, float] = {}
    artifact = load_or_export(settings.artifact, steps)
    folder = photo_source.photo_folder(settings.photos)
    files = photo_source.chosen(folder, settings.limit)
    broken = photo_source.add_broken(folder, settings.out / "broken")
    _say_what_is_taken(steps, folder, files, broken)
    first, later = split_off(files)
    first += broken
    with own_cloud(settings.keep, settings.state_dir) as own:
        with _step(steps, seconds, "limit", "Measuring this machine's limit"):
            sample = [file.path for file in files[:: max(1, len(files) // 200)]]
            size = artifact.card.input_size
            fastest = limit.images_per_second(sample, artifact.flatbuffer, size, 4.0, settings.cores)
        with _step(steps, seconds, "deploy", "Deploying template.yaml (sam build, sam deploy)"):
            demo = _Demo(steps, views, Pipeline(own.target(), _deploy(own, settings, len(later))), seconds)
        text = f"Uploading {len(first):,} photos as the app would, {len(later):,} held back"
        earlier = demo.upload("", text, first, 0)
        demo.refit("", "Invoking the refit, as its schedule does: the first model")
        more = demo.upload("_later", f"Uploading those {len(later):,}: now a model suggests labels", later, len(first))
        demo.refit("_later", f"Invoking the refit again: {len(later):,} photos are new to the model")
        with _step(steps, seconds, "picture", "Drawing"):
            record = summary.collect(demo.pipeline, earlier, more)
            billed = summary.bill_of(demo.pipeline, datetime.now(UTC))
            pictures.draw(record, models.open_models(own.target(), demo.pipeline.stack), settings.out)
    figures = {**summary.of_jobs(record, fastest), **summary.of_events(record), **summary.of_models(record)}
    figures["costs"] = billed.to_dict()
    figures["seconds"] = seconds
    (settings.out / "summary.json").write_text(json.dumps(figures, indent=2, default=str) + "\n")
    return figures


@contextmanager
def own_cloud(keep: bool, state_dir: Path) -> Iterator[LocalCloud]:
    """Start an empty cloud. One that is kept stays up even after an error, so that a person can look at it.

    Raises:
        GiveUp: one runs in its place already.
    """
    if keep:
        yield cloud.up(state_dir, empty=True)
        return
    with LocalCloud.start(state_dir / "demo") as own:
        yield own


def _say_what_is_taken(
    steps: Steps, folder: Path, files: Sequence[LabelledFile], broken: Sequence[LabelledFile]
) -> None:
    more = f", and {len(broken)} broken files" if broken else ""
    labels = len({file.label for file in files})
    steps.begin(f"Taking {len(files):,} photos of {labels:,} labels from {folder}{more}")
    steps.end()


def _deploy(own: LocalCloud, settings: DemoSettings, least: int) -> Stack:
    # The photos held back are the smaller upload: a batch of so few does not wait for more.
    parameters = {**deploy.PARAMETERS, "BatchTarget": str(least)}
    return deploy.deploy(own.target(), settings.out / "sam.log", deploy.files_here(settings.artifact), parameters)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = perf_counter()
    yield
    seconds[name] = round(perf_counter() - started, 2)


@contextmanager
def _step(steps: Steps, seconds: dict[str, float], name: str, text: str, total: int | None = None) -> Iterator[None]:
    steps.begin(text, total)
    with _timed(seconds, name):
        yield
    steps.end()


@dataclass(frozen=True, slots=True)
class _Demo:
    """The two steps that happen twice. `seconds` takes the time of each, under its name with the suffix `when`."""

    steps: Steps
    views: Views
    pipeline: Pipeline
    seconds: dict[str, float]

    def upload(self, when: str, text: str, files: Sequence[LabelledFile], before: int) -> list[Uploaded]:
        """Upload photos, after `before` earlier ones, and watch until each has its row."""
        with _step(self.steps, self.seconds, f"upload{when}", text, len(files)):
            uploaded = upload(self.pipeline, files, lambda _: self.steps.advance())
        with _timed(self.seconds, f"watch{when}"), self.views.of_photos() as shown:
            self.pipeline.wait(before + len(files), shown)
        return uploaded

    def refit(self, when: str, text: str) -> None:
        """Invoke the refit's function as its schedule does, and watch its run.

        Raises:
            GiveUp: the function started no run.
        """
        with _timed(self.seconds, f"refit{when}"):
            self.steps.begin(text)
            fired = scheduled_jobs.trigger(self.pipeline, Kind.REFIT, {})
            self.steps.end()
            if fired.outcome not in scheduled_jobs.AT_WORK:
                raise GiveUp(fired.sentence())
            with self.views.of_run() as shown:
                scheduled_jobs.wait(self.pipeline, fired, shown)


def load_or_export(folder: Path, steps: Steps) -> Artifact:
    """Load the artifact; export the default one first if it is not there yet."""
    if folder == DEFAULT_ARTIFACT and not (folder / artifacts.CARD).exists():
        from spark_app.network.backbone import ExportRequest  # TensorFlow: only for the very first run
        from spark_app.network.litert_export import export_to

        steps.begin("Exporting the network, only this once")
        export_to(ExportRequest(), folder)
        steps.end()
    return artifacts.load(folder)


def upload(pipeline: Pipeline, files: Sequence[LabelledFile], progress: Callable[[int], None]) -> list[Uploaded]:
    """Upload files to the stack's photos bucket."""
    return uploads.upload(pipeline.s3, pipeline.stack.photos_bucket, files, OWNER, on_progress=progress)
