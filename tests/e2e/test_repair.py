"""`fruits repair` on the deployed stack: its own run on real Spark, seen by another reader of the table."""

from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.cloud import LocalCloud
from infra.ops.pipeline import Pipeline
from infra.ops.tables import open_table
from tests.e2e.story import few, ids, rows, settled, uploaded

pytestmark = pytest.mark.slow


def fruits(state_dir: Path, *words: str) -> str:
    arguments = [*words, "--state-dir", str(state_dir)]
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def doubled(cloud: LocalCloud, pipeline: Pipeline, photo: str) -> None:
    """Give a photo the row that an earlier release left under an earlier batch."""
    table = open_table(cloud.target(), f"{pipeline.stack.glue_database}.photos")
    row = table.scan(row_filter=f"photo_id = '{photo}'").to_arrow().to_pylist()[0]
    left = {**row, "batch_id": "20261101T000000-left", "rejection": "unavailable", "features": None}
    table.append(pa.Table.from_pylist([left], table.schema().as_arrow()))


def test_a_plan_shows_the_double_and_the_repair_removes_it(
    deployed: LocalCloud, pipeline: Pipeline, photos: Path, state_dir: Path, tmp_path: Path
) -> None:
    before = pipeline.state()
    sent = uploaded(pipeline, few(photos, tmp_path / "few", labels=1))
    settled(pipeline, before.registered + len(sent))
    photo = min(ids(sent))
    doubled(deployed, pipeline, photo)

    planned = fruits(state_dir, "repair", "--plan")

    assert rows(deployed, pipeline)[photo] == 2
    assert photo in planned
    assert "20261101T000000-left" in planned
    assert "1 photos with several rows; 1 rows to remove (1 unavailable) from 1 batches" in planned
    assert "Nothing was changed" in planned
    done = fruits(state_dir, "repair")
    assert "1 rows are gone, in snapshot" in done
    assert set(rows(deployed, pipeline).values()) == {1}
