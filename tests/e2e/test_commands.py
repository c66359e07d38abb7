"""Every command that is about a stack, by both ways to it: the local cloud's record, and a profile of AWS.

The profile's endpoint is the same local cloud: from `--profile` on, all that happens is what happens on AWS.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib.aws.spending import DynamoSpending
from contracts.jobs.names import Kind
from infra.cli.main import app
from infra.local.cloud import REGION, LocalCloud
from infra.ops import target
from infra.ops.pipeline import Pipeline
from infra.ops.tables import read_table
from tests.contract.emr import eventually
from tests.e2e.story import few

pytestmark = pytest.mark.slow

_PROFILE = (
    "[profile emulated]\nregion = {}\nendpoint_url = {}\naws_access_key_id = test\naws_secret_access_key = test\n"
)


@pytest.fixture(scope="module")
def by_aws(deployed: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    config = tmp_path_factory.mktemp("aws") / "config"
    config.write_text(_PROFILE.format(REGION, deployed.endpoint))
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("AWS_CONFIG_FILE", str(config))
        shell.setenv("AWS_SHARED_CREDENTIALS_FILE", str(config.with_name("credentials")))
        for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
            shell.delenv(name, raising=False)
        shell.setenv("NO_PROXY", "127.0.0.1")
        target._session.cache_clear()
        yield ["--stage", "dev", "--profile", "emulated", "--region", REGION]
        target._session.cache_clear()


@pytest.fixture(params=["by_aws", "by_state_dir"])
def where(request: pytest.FixtureRequest, by_aws: list[str], state_dir: Path) -> list[str]:
    return by_aws if request.param == "by_aws" else ["--state-dir", str(state_dir)]


def fruits(where: list[str], *words: str, may_end_with: tuple[int, ...] = (0,)) -> str:
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*words, *where], catch_exceptions=False)
    assert result.exit_code in may_end_with, result.output
    return result.output


@pytest.fixture(scope="module")
def worked(by_aws: list[str], photos: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """By the profile: photos are rows, a model is fitted, the tables are maintained. Whichever test comes first."""
    fruits(by_aws, "upload", str(few(photos, tmp_path_factory.mktemp("worked") / "few")), "--wait")
    fruits(by_aws, "refit")
    fruits(by_aws, "maintain")
    return by_aws


def test_by_a_profile_each_command_does_its_work(worked: list[str], pipeline: Pipeline, tmp_path: Path) -> None:
    assert "photos" in fruits(worked, "status", may_end_with=(0, 1))
    assert "Nothing is in quarantine" in fruits(worked, "redrive")
    assert '"message":"submit"' in fruits(worked, "logs", "submit", "--raw").replace(": ", ":")
    assert '"outcome"' in fruits(worked, "logs", pipeline.runs(Kind.REFIT)[0].run_id)
    assert "latest" in fruits(worked, "model", "list")
    assert "matrix.csv" in fruits(worked, "model", "show", "latest", "--to", str(tmp_path / "model"))
    assert "/exports/" in fruits(worked, "export", "--replace")
    assert "changed" in fruits(worked, "model", "compare", "latest", "latest")
    assert "nothing to repair" in fruits(worked, "repair", "--plan")


@pytest.mark.usefixtures("worked")
def test_by_the_local_cloud_s_record_each_command_finds_the_same_stack(
    state_dir: Path, pipeline: Pipeline, photos: Path, tmp_path: Path
) -> None:
    here = ["--state-dir", str(state_dir)]
    before = pipeline.state()
    assert "photos" in fruits(here, "status", may_end_with=(0, 1))
    assert "Nothing is in quarantine" in fruits(here, "redrive")
    said = fruits(here, "logs", "submit")
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]+Z submit counts=", said, re.MULTILINE)
    assert [word for word in ("REPORT ", "END ", "_aws", "arn:") if word in said] == []
    assert "no run was started" in fruits(here, "refit")
    assert "latest" in fruits(here, "model", "list")
    assert "matrix" in fruits(here, "model", "show")
    assert "no other one was started" in fruits(here, "maintain")
    fruits(here, "upload", str(few(photos, tmp_path / "few")))
    eventually(lambda: pipeline.state().registered > before.registered, "photos in the ledger")


def test_the_months_costs_add_up_and_runs_are_billed(worked: list[str], pipeline: Pipeline) -> None:
    found = json.loads(fruits(worked, "costs", "--json"))

    runs = [line for line in found["lines"] if line["basis"] == "billed"]
    assert {line["item"] for line in runs} >= {"emr_vcpu_hour", "emr_gb_hour"}
    assert sum(Decimal(line["usd"]) for line in found["lines"]) == Decimal(found["usd"])
    ended = [run for run in pipeline.runs() if run.billed]
    hours = sum(run.billed["vCPUHour"] for run in ended)
    assert sum(float(line["quantity"]) for line in runs if line["item"] == "emr_vcpu_hour") == pytest.approx(
        hours, abs=0.002
    )


def test_past_the_budget_submit_holds_until_a_person_lets_go(worked: list[str], pipeline: Pipeline) -> None:
    spending = DynamoSpending(pipeline.target.client("dynamodb"), pipeline.stack.ledger_table)
    now = datetime.now(UTC)
    assert spending.month(f"{now:%Y-%m}").runs >= 3  # each run's end has added its cost
    spending.add("planted", 1_000.0, now)
    try:
        assert pipeline.invoke(pipeline.stack.submit_function, {"now": True}).get("brake_held") == 1
    finally:
        said = fruits(worked, "release", "--until", "5000")
    wrong = json.loads(fruits(worked, "costs", "--json"))["brake"]
    assert (wrong["agrees"], wrong["holds"], wrong["limit_eur"]) == (False, False, 5000.0)
    assert "fruits costs --recount" in fruits(worked, "costs")
    fruits(worked, "costs", "--recount", "--yes")
    right = json.loads(fruits(worked, "costs", "--json"))["brake"]
    assert right["agrees"]
    assert right["counted_usd"] == pytest.approx(right["bills_usd"])
    assert right["counted_usd"] == pytest.approx(wrong["counted_usd"] - 1_000.0, abs=0.01)
    assert "up to 5000.00 EUR" in said
    assert "brake_held" not in pipeline.invoke(pipeline.stack.submit_function, {"now": True})


def test_tables_are_read_with_the_keys_of_a_profile(worked: list[str], pipeline: Pipeline) -> None:
    found = target.on_aws("emulated")
    assert found.region == worked[-1]
    assert read_table(found, f"{pipeline.stack.glue_database}.photos", ["photo_id"]).num_rows > 0


def test_a_stage_that_is_not_deployed_is_named_with_what_makes_it(where: list[str]) -> None:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["status", *where, "--stage", "prod"])
    assert result.exit_code == 65
    assert "no stack fruits-prod at" in result.output
    assert "fruits deploy --stage prod" in result.output
