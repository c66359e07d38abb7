"""The story that `fruits demo` tells: photos are uploaded and events do the rest; rows become a model and pictures."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from contracts.errors import GiveUp
from contracts.jobs.names import Kind
from infra.demo import limit, photo_source, pictures, summary
from infra.demo.photo_source import Steps
from infra.local import cloud, deploy
from infra.local.cloud import ROOT, STATE_DIR, LocalCloud
from infra.ops import models, scheduled_jobs, uploads
from infra.ops.folders import make_folder
from infra.ops.pipeline import Pipeline
from infra.ops.stack import Stack
from infra.ops.stack_state import RunTimes, StackState
from infra.ops.uploads import LabelledFile, Uploaded
from spark_app.network import artifact as artifacts
from spark_app.network.artifact import Artifact
from spark_app.network.backbones import artifact_name

DEFAULT_ARTIFACT = ROOT / "build" / "artifacts" / artifact_name()
OWNER = "demo"
HELD_BACK = 200


class Views(Protocol):
    """The live views: each is open for the length of a `with`, and yields what shows the present state."""

    def of_photos(self) -> AbstractContextManager[Callable[[StackState], None]]:
        """Open the view of photos and batches."""

    def of_run(self) -> AbstractContextManager[Callable[[RunTimes], None]]:
        """Open the view of one job run."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the demo is asked for. `limit` 0 takes all photos; `photos` None takes what there is.

    `keep`: in the cloud that the other commands use, and it stays up.
    """

    artifact: Path = DEFAULT_ARTIFACT
    photos: Path | None = None
    limit: int = 0
    out: Path = ROOT / "build" / "demo"
    cores: int = 2
    keep: bool = False
    state_dir: Path = STATE_DIR


def run(settings: Settings, steps: Steps, views: Views) -> dict[str, Any]:
    """Tell the whole story and return its summary; pictures and files are in `settings.out`.

    Raises:
        GiveUp, RetryLater: with a message that says what to do.
    """
    make_folder(settings.out)
    seconds: dict[str, float] = {}
    artifact = exported(settings.artifact, steps)
    files = photo_source.chosen(photo_source.photo_folder(settings.photos, steps), settings.limit)
    first, later = held_back(files)
    with own_cloud(settings.keep, settings.state_dir) as own:
        with _step(steps, seconds, "limit", "Measuring this machine's limit"):
            sample = [file.path for file in files[:: max(1, len(files) // 200)]]
            size = artifact.card.input_size
            fastest = limit.images_per_second(sample, artifact.flatbuffer, size, 4.0, settings.cores)
        with _step(steps, seconds, "deploy", "Deploying template.yaml (sam build, sam deploy)"):
            act = _Act(steps, views, Pipeline(own.target(), _deployed(own, settings, len(later))), seconds)
        uploads = act.photos(
            "", f"Uploading {len(first):,} photos as the app would, {len(later):,} held back", first, 0
        )
        act.refit("", "Invoking the refit, as its schedule does: the first model")
        more = act.photos("_later", f"Uploading those {len(later):,}: now a model suggests labels", later, len(first))
        act.refit("_later", f"Invoking the refit again: {len(later):,} photos are new to the model")
        with _step(steps, seconds, "picture", "Drawing"):
            story = summary.told(act.pipeline, uploads, more)
            pictures.draw(story, models.open_models(own.target(), act.pipeline.stack), settings.out)
    figures = {**summary.of_jobs(story, fastest), **summary.of_events(story), **summary.of_models(story)}
    figures["seconds"] = seconds
    (settings.out / "summary.json").write_text(json.dumps(figures, indent=2, default=str) + "\n")
    return figures


def held_back(files: Sequence[LabelledFile], most: int = HELD_BACK) -> tuple[list[LabelledFile], list[LabelledFile]]:
    """Return the files to upload first, and those held back for later: a fifth, evenly chosen, and at most `most`.

    Raises:
        GiveUp: there are too few photos for a model and new ones.
    """
    count = min(most, len(files) // 5)
    if not count:
        raise GiveUp(f"there are {len(files)} photos, too few for the story: take at least 5")
    # The middle one of each stretch: the first photos of a label stay, so a label with two of them is not lost.
    chosen = {(2 * index + 1) * len(files) // (2 * count) for index in range(count)}
    first = [file for index, file in enumerate(files) if index not in chosen]
    return first, [files[index] for index in sorted(chosen)]


@contextmanager
def own_cloud(keep: bool, state_dir: Path) -> Iterator[LocalCloud]:
    """Start an empty cloud; one that is kept stays up after an error too: it is there to be looked at.

    Raises:
        GiveUp: one runs in its place already.
    """
    if keep:
        yield cloud.up(state_dir, empty=True)
        return
    with LocalCloud.start(state_dir / "demo") as own:
        yield own


def _deployed(own: LocalCloud, settings: Settings, least: int) -> Stack:
    # A batch for as few photos as come at once: those held back shall not wait for more to come.
    parameters = {**deploy.PARAMETERS, "BatchTarget": str(least)}
    deployed = deploy.deploy(own, settings.out / "sam.log", parameters)
    deploy.publish(own.target().client("s3"), deployed, settings.artifact)
    return deployed


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
class _Act:
    """What happens twice: photos come, and the model is fitted. `seconds` books under a name with the suffix `when`."""

    steps: Steps
    views: Views
    pipeline: Pipeline
    seconds: dict[str, float]

    def photos(self, when: str, text: str, files: Sequence[LabelledFile], before: int) -> list[Uploaded]:
        """Upload photos, `before` having come before them, and watch until each has its row."""
        with _step(self.steps, self.seconds, f"upload{when}", text, len(files)):
            uploaded = upload(self.pipeline, files, lambda _: self.steps.advance())
        with _timed(self.seconds, f"watch{when}"), self.views.of_photos() as shown:
            self.pipeline.wait(before + len(files), shown)
        return uploaded

    def refit(self, when: str, text: str) -> None:
        """Invoke the refit's function as its schedule does, and watch its run. Raises GiveUp where there is none."""
        with _timed(self.seconds, f"refit{when}"):
            self.steps.begin(text)
            fired = scheduled_jobs.trigger(self.pipeline, Kind.REFIT, {})
            self.steps.end()
            if fired.outcome not in scheduled_jobs.AT_WORK:
                raise GiveUp(fired.sentence())
            with self.views.of_run() as shown:
                scheduled_jobs.wait(self.pipeline, fired, shown)


def exported(folder: Path, steps: Steps) -> Artifact:
    """Read the artifact; export the default one if it is not there yet."""
    if folder == DEFAULT_ARTIFACT and not (folder / artifacts.CARD).exists():
        from spark_app.network.backbone import ExportRequest  # TensorFlow: only for the very first run
        from spark_app.network.litert_export import export_to

        steps.begin("Exporting the network, this once")
        export_to(ExportRequest(), folder)
        steps.end()
    return artifacts.load(folder)


def upload(pipeline: Pipeline, files: Sequence[LabelledFile], progress: Callable[[int], None]) -> list[Uploaded]:
    """Upload files to the stack's photos bucket."""
    return uploads.upload(pipeline.s3, pipeline.stack.photos_bucket, files, OWNER, on_progress=progress)
