"""From rows to a model, through the deployed stack: its schedule, its function, real Spark, readers of the result."""

import json
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from chalicelib.domain.plans import TriggerOutcome
from contracts.jobs.names import Kind
from contracts.photos.results import Result
from infra.cli.main import app
from infra.local.cloud import LocalCloud
from infra.ops import logs, models, scheduled_jobs, stack
from infra.ops.pipeline import Pipeline
from infra.ops.scheduled_jobs import TriggerResult
from infra.ops.stack_state import RunTimes, StackState
from infra.ops.tables import read_table
from spark_app.models.card import ModelCard
from tests.contract.emr import eventually
from tests.e2e.story import new_batches, settled, uploaded

pytestmark = pytest.mark.slow

SCHEDULE = f"{stack.name()}-refit"


@pytest.fixture(scope="module")
def few(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of each of five fruits, and the file that is none: one batch."""
    folder = tmp_path_factory.mktemp("few") / "photos"
    for label in sorted(path for path in photos.iterdir() if path.is_dir())[:5]:
        for file in [*sorted(label.iterdir())[:3], *label.glob("broken.jpg")]:
            (folder / label.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / label.name)
    return folder


def fire_by_the_schedule(cloud: LocalCloud, pipeline: Pipeline) -> RunTimes:
    """Make the deployed schedule due, as the night does, and return the run that it starts."""
    scheduler, known = cloud.target().client("scheduler"), len(pipeline.runs(Kind.REFIT))
    deployed = scheduler.get_schedule(Name=SCHEDULE)
    wanted = ("Name", "FlexibleTimeWindow", "Target", "ScheduleExpressionTimezone", "ScheduleExpression")
    as_it_was = {name: deployed[name] for name in wanted}
    scheduler.update_schedule(**{**as_it_was, "ScheduleExpression": "rate(1 minute)"})
    try:
        # Due a minute after it was last looked at, and the local Scheduler looks every ten seconds.
        found = eventually(lambda: pipeline.runs(Kind.REFIT)[known:], "a refit by the schedule", within=150)
        return found[0]  # type: ignore[no-any-return]
    finally:
        scheduler.update_schedule(**as_it_was)


def fire_at_once(cloud: LocalCloud) -> None:
    """Let Scheduler fire the deployed schedule's target once more, now."""
    scheduler = cloud.target().client("scheduler")
    deployed, name = scheduler.get_schedule(Name=SCHEDULE), f"again-{uuid.uuid4().hex[:8]}"
    once = {"ScheduleExpression": f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})", "ActionAfterCompletion": "DELETE"}
    scheduler.create_schedule(Name=name, FlexibleTimeWindow={"Mode": "OFF"}, Target=deployed["Target"], **once)


def times_said(pipeline: Pipeline, what: str) -> int:
    return sum(what in line for line in logs.read_lines(pipeline, "refit", follow=False))


def ended(pipeline: Pipeline, run: RunTimes) -> RunTimes:
    return scheduled_jobs.wait(
        pipeline, TriggerResult(Kind.REFIT, TriggerOutcome.STARTED, run.run_id), lambda _: None, within=120
    )


def fruits(state_dir: Path, *words: str) -> str:
    arguments = [*words, "--state-dir", str(state_dir)]
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def with_features(cloud: LocalCloud, pipeline: Pipeline) -> set[str]:
    table = read_table(cloud.target(), f"{pipeline.stack.glue_database}.photos", ["photo_id", "rejection"])
    return {row["photo_id"] for row in table.to_pylist() if row["rejection"] is None}


def reduced(cloud: LocalCloud, pipeline: Pipeline) -> list[tuple[str, str]]:
    table = read_table(cloud.target(), f"{pipeline.stack.glue_database}.reduced", ["photo_id", "model_version"])
    return sorted(zip(table["photo_id"].to_pylist(), table["model_version"].to_pylist(), strict=True))


@dataclass(frozen=True)
class Fitted:
    """What the schedule's refit left: the model, the rows with features and the matrix of that moment."""

    known: list[str]
    """Versions that were there before."""
    state: StackState
    run: RunTimes
    versions: list[str]
    card: ModelCard
    rows: set[str]
    matrix: list[tuple[str, str]]


@pytest.fixture(scope="module")
def fitted(deployed: LocalCloud, pipeline: Pipeline, few: Path) -> Fitted:
    """A first act: photos are uploaded, and the schedule is due."""
    published = models.open_models(deployed.target(), pipeline.stack)
    before = pipeline.state()  # the stack is shared: another test may have uploaded first, or fitted
    known = [card.version for card in published.cards()]
    state = settled(pipeline, before.registered + len(uploaded(pipeline, few)))

    first = ended(pipeline, fire_by_the_schedule(deployed, pipeline))

    versions = [one.version for one in published.cards()]
    rows, matrix = with_features(deployed, pipeline), reduced(deployed, pipeline)
    return Fitted(known, state, first, versions, published.card(), rows, matrix)


@pytest.fixture(scope="module")
def after_another_trigger(deployed: LocalCloud, pipeline: Pipeline, fitted: Fitted) -> tuple[list[str], str | None]:
    """A second act: the schedule is due once more, and no row has changed. Returns the runs since, the latest model."""
    published = models.open_models(deployed.target(), pipeline.stack)
    said = times_said(pipeline, "refit_nothing_changed")
    fire_at_once(deployed)
    eventually(lambda: times_said(pipeline, "refit_nothing_changed") > said, "a firing that changes nothing")
    runs = [run.run_id for run in pipeline.runs(Kind.REFIT)]
    return runs[runs.index(fitted.run.run_id) + 1 :], published.latest()


@pytest.fixture(scope="module")
def results(
    pipeline: Pipeline,
    few: Path,
    fitted: Fitted,
    after_another_trigger: object,  # noqa: ARG001  it comes first
) -> list[Result]:
    """A third act: the very photos that the model was fitted on come again."""
    after = settled(pipeline, fitted.state.registered + len(uploaded(pipeline, few)))
    return [result for batch in new_batches(fitted.state, after) for result in pipeline.results(batch)]


@dataclass(frozen=True)
class Refitted:
    """What a refit by a person said and left, and what a second one said."""

    said: str
    card: ModelCard
    matrix: list[tuple[str, str]]
    again: str


@pytest.fixture(scope="module")
def refitted(
    deployed: LocalCloud,
    pipeline: Pipeline,
    state_dir: Path,
    results: object,  # noqa: ARG001  they come first
) -> Refitted:
    """A fourth act: a person asks for a refit, twice."""
    published = models.open_models(deployed.target(), pipeline.stack)
    said_of_it = fruits(state_dir, "refit")

    newest, matrix = published.card(), reduced(deployed, pipeline)
    return Refitted(said_of_it, newest, matrix, fruits(state_dir, "refit"))


def test_the_schedule_publishes_one_model_of_all_rows_with_features(fitted: Fitted) -> None:
    card = fitted.card
    assert fitted.versions == [*fitted.known, card.version]
    assert fitted.matrix == sorted((photo, card.version) for photo in fitted.rows)
    assert card.n == card.matrix["rows"] == len(fitted.rows)


def test_a_trigger_after_which_no_row_has_changed_starts_nothing(
    fitted: Fitted, after_another_trigger: tuple[list[str], str | None]
) -> None:
    runs, latest = after_another_trigger
    assert runs == []
    assert latest == fitted.card.version


def test_photos_that_come_after_a_model_have_its_suggestions(fitted: Fitted, results: list[Result]) -> None:
    answered = [result for result in results if result.outcome == "features"]
    assert answered
    assert {result.model_version for result in answered} == {fitted.card.version}
    assert {len(result.suggestions) for result in answered} == {3}
    # The very photos that the model was fitted on come again: it would be strange not to know them.
    assert sum(result.suggestions[0].label == result.label for result in answered) > 0.5 * len(answered)
    assert all(not result.suggestions for result in results if result.outcome != "features")


def test_a_refit_by_a_person_takes_the_new_rows_alone_and_a_second_one_none(
    fitted: Fitted, results: list[Result], refitted: Refitted
) -> None:
    answered, newest = sum(result.outcome == "features" for result in results), refitted.card
    assert newest.mode == "incremental"
    assert newest.rows_inserted == answered
    assert newest.previous == fitted.card.version
    assert newest.n == fitted.card.n + answered == len(refitted.matrix)
    assert "A new model is published" in refitted.said
    assert "No row has changed" in refitted.again


def test_models_are_listed_compared_and_brought_here(
    fitted: Fitted, refitted: Refitted, state_dir: Path, tmp_path: Path
) -> None:
    card = fitted.card
    assert refitted.card.version in fruits(state_dir, "model", "list")
    assert "turned" in fruits(state_dir, "model", "compare", card.version)
    fruits(state_dir, "model", "show", card.version, "--to", str(tmp_path / "model"))
    matrix = pd.read_csv(tmp_path / "model" / "matrix.csv")
    assert matrix.shape == (card.n, 2 + card.k)
    assert matrix.notna().all(axis=None)


def test_the_matrix_is_exported_where_analysts_find_it_with_checksums_that_hold(
    refitted: Refitted, pipeline: Pipeline, state_dir: Path, tmp_path: Path
) -> None:
    card = refitted.card
    found = json.loads(fruits(state_dir, "export", "--format", "parquet", "--replace", "--json"))
    assert found["place"] == f"s3://{pipeline.stack.lake_bucket}/exports/{card.version}/parquet"
    for name in ("matrix.parquet", "dictionary.json", "SHA256SUMS"):
        key = f"exports/{card.version}/parquet/{name}"
        pipeline.s3.download_file(pipeline.stack.lake_bucket, key, str(tmp_path / name))
    subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607

    fruits(state_dir, "export", card.version, "--format", "csv", "--to", str(tmp_path / "csv"))
    by_csv, by_parquet = pd.read_csv(tmp_path / "csv" / "matrix.csv"), pd.read_parquet(tmp_path / "matrix.parquet")
    pd.testing.assert_frame_equal(by_csv, by_parquet, check_dtype=False)
    assert sorted(zip(by_parquet["photo_id"], [card.version] * card.n, strict=True)) == refitted.matrix
    assert {column["name"] for column in found["columns"]} == set(by_parquet.columns)
