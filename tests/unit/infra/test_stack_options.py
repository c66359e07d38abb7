"""Which stack a command is about: told by options alone, and never by what a shell happens to hold."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from contracts.errors import GiveUp
from infra.cli.state import STATE_DIR, StackOptions, Stage, takes_stack_options
from infra.ops import stack, target

WORK = target.Target("eu-west-3", profile="work")
_PROFILES = "[profile paris]\nregion = eu-west-3\n[profile nowhere]\n[profile far]\nregion = us-east-1\n"
_REFUSED = {"nowhere": "no Region is named", "far": "photos of EU residents", "x": "there are: .*paris"}


def test_the_stages_of_the_command_line_are_those_of_the_stack() -> None:
    assert tuple(stage.value for stage in Stage) == stack.STAGES
    assert StackOptions().stage == stack.STAGE


def test_a_shell_with_aws_variables_alone_never_takes_a_command_off_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(GiveUp, match=r"no local cloud is running: `fruits local up`.*--region or --profile"):
        StackOptions(stage="prod", state_dir=tmp_path).target()


def test_a_region_means_aws_there_and_a_profile_means_its_own_region(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    (tmp_path / "config").write_text(_PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    target._session.cache_clear()
    assert StackOptions(region="eu-north-1").target() == target.Target("eu-north-1")
    assert StackOptions(profile="paris").target() == target.Target("eu-west-3", profile="paris")
    assert StackOptions(profile="paris", region="eu-south-1").target().region == "eu-south-1"
    for profile, said in (
        ("nowhere", "no Region is named"),
        ("far", "photos of EU residents"),
        ("x", "there are: .*paris"),
    ):
        with pytest.raises(GiveUp, match=said):
            StackOptions(profile=profile).target()
    target._session.cache_clear()


def test_two_places_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GiveUp, match="one or the other"):
        StackOptions(region="eu-west-3", state_dir=tmp_path).target()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (StackOptions(), ""),
        (StackOptions(stage="prod", profile="work"), " --stage prod --profile work"),
        (StackOptions(region="eu-west-3", state_dir=None), " --region eu-west-3"),
        (StackOptions(state_dir=Path("x")), " --state-dir x"),
    ],
)
def test_a_hint_names_the_same_stack(options: StackOptions, words: str) -> None:
    assert options.words == words


@pytest.mark.parametrize(
    ("place", "stage", "command"),
    [
        (target.Target("eu-west-3", "http://127.0.0.1:1", "k", "s"), "dev", "fruits local up"),
        (target.Target("eu-west-3", "http://127.0.0.1:1", "k", "s"), "prod", "fruits deploy --stage prod"),
        (WORK, "dev", "fruits deploy --stage dev --region eu-west-3 --profile work"),
    ],
)  # fmt: skip
def test_a_stack_that_is_not_there_is_named_with_what_makes_it(
    place: target.Target, stage: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "outputs", lambda *_: {})
    where = place.endpoint or place.region
    with pytest.raises(GiveUp, match=f"no stack fruits-{stage} at {where}: `{command}` makes it"):
        stack.find(place, stage)


def test_the_four_options_reach_the_command_as_one_and_its_own_stay() -> None:
    seen: list[Any] = []

    @takes_stack_options
    def look(where: StackOptions, name: Annotated[str, typer.Argument()], deep: bool = False) -> None:
        seen.append((where, name, deep))

    app = typer.Typer()
    app.command()(look)
    words = ["it", "--deep", "--stage", "prod", "--region", "eu-west-3", "--profile", "p"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert seen == [(StackOptions("prod", "eu-west-3", "p", None), "it", True)]
    assert list(inspect.signature(look).parameters) == ["name", "deep", "stage", "region", "profile", "state_dir"]
    assert STATE_DIR.name == "local"
