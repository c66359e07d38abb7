"""`fruits doctor` on the deployed stack: its own run on real Spark, and what the command line makes of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.jobs.probes import SCRATCH_PREFIX, Probe
from infra.cli.main import app
from infra.ops.pipeline import Pipeline

pytestmark = pytest.mark.slow


def doctor(state_dir: Path, *words: str) -> tuple[int, str]:
    arguments = ["doctor", "--settle", "1", "--state-dir", str(state_dir), *words]
    result = CliRunner(env={"COLUMNS": "250", "TERM": "dumb"}).invoke(app, arguments)
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout


@contextmanager
def without(pipeline: Pipeline, key: str) -> Iterator[None]:
    """Take an object from the artifacts bucket, and put it back."""
    place = {"Bucket": pipeline.stack.artifacts_bucket, "Key": key}
    body = pipeline.s3.get_object(**place)["Body"].read()
    pipeline.s3.delete_object(**place)
    yield
    pipeline.s3.put_object(**place, Body=body)


def test_all_is_right_and_each_probe_has_its_line(pipeline: Pipeline, state_dir: Path) -> None:
    code, said = doctor(state_dir)

    assert code == 0, said
    assert "All is right" in said
    for probe in Probe:
        assert probe.value.replace("_", " ") in said
    for name in ("log in S3", "log in CloudWatch", "bill"):
        assert name in said
    tables = pipeline.target.client("glue").get_tables(DatabaseName=pipeline.stack.glue_database)["TableList"]
    assert [one["Name"] for one in tables if one["Name"].startswith(SCRATCH_PREFIX)] == []


def test_a_run_that_never_reaches_our_first_line_is_a_finding_with_what_to_do(
    pipeline: Pipeline, state_dir: Path
) -> None:
    with without(pipeline, f"{pipeline.stack.versions.code_folder}/doctor_job.py"):
        code, said = doctor(state_dir, "--json", "--patience", "2")

    found = json.loads(said)
    levels = {finding["name"]: finding["level"] for finding in found["findings"]}
    assert (code, found["right"], levels["run"]) == (1, False, "fail")
    assert "python" not in levels
    (to_do,) = (finding["to_do"] for finding in found["findings"] if finding["name"] == "run")
    assert f"fruits logs {found['run']['run_id']}" in to_do


def test_a_file_that_a_run_takes_and_is_not_there_is_found_without_a_run(pipeline: Pipeline, state_dir: Path) -> None:
    runs = len(pipeline.latest_runs())
    with without(pipeline, pipeline.stack.versions.environment_file):
        code, said = doctor(state_dir, "--json")

    (finding,) = json.loads(said)["findings"]
    assert (code, finding["name"], finding["level"]) == (1, "files", "fail")
    assert pipeline.stack.versions.environment_file in finding["value"]
    assert len(pipeline.latest_runs()) == runs
