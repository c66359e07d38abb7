"""README's commands for AWS are run as they are written, on a cloud that answers in AWS's place, twice in a row."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.cloud import LocalCloud

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]


def commands() -> list[list[str]]:
    """Return the words of each command in README's section on deployment, without `fruits` and the comments."""
    section = (ROOT / "README.md").read_text().partition("\n## Deploy\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines()]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A shell with a person's keys, in which any AWS tool speaks to the cloud."""
    with LocalCloud.start(tmp_path / "cloud") as cloud:
        keys = {name: value for name, value in cloud.environment().items() if "REGION" not in name}
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        yield CliRunner(env={**keys, "COLUMNS": "200", "TERM": "dumb"})


def test_deploy_doctor_and_destroy_do_what_readme_says_twice_in_a_row(
    shell: CliRunner,
    packed_environment: Path,  # noqa: ARG001  what a deployment to AWS takes; minutes the first time
    artifact_folder: Path,  # noqa: ARG001
) -> None:
    deploy, doctor, destroy = commands()

    for turn in (1, 2):
        assert "Rows: 5 features" in said(shell, deploy)
        said(shell, doctor)
        taken_down = said(shell, destroy, answer="y\n")

        assert "fruits-dev-photos-000000000000" in taken_down
        assert f"{5 * turn} objects" in taken_down


def said(shell: CliRunner, words: list[str], answer: str | None = None) -> str:
    result = shell.invoke(app, words, input=answer, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output
