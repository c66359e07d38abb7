"""A runbook helps at night: each command in it exists and takes those options, and each alarm has its page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from infra.cli.main import app
from infra.deployment.template import of_type, template

ROOT = Path(__file__).resolve().parents[3]
RUNBOOKS = ROOT / "infra" / "runbooks"
INDEX = RUNBOOKS / "README.md"
PAGES = (*sorted(RUNBOOKS.glob("*.md")), ROOT / "docs" / "operations.md")
ALARMS = frozenset(
    {
        "dead-letters",
        "oldest-waiting",
        "quarantined-batch",
        "run-failed",
        "run-too-long",
        "submit-not-running",
        "rejections-share",
        "no-rows",
        "refit-overdue",
        "month-cost",
    }
)
PARTS = ("Symptom", "What it means", "Look", "Mend", "It is over when", "What it costs to wait")
_BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_PARAMETER = re.compile(r"(?:`|--parameter )((?:[A-Z][a-z]+){2,})(?=`|=)")
_SPAN = re.compile(r"`(fruits [^`\n]+)`")


def commands(page: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the words of each command in a page's code, without comments, and whether it is to be copied.

    In a sentence, a command may stand for itself alone, without what it is to work on.
    """
    blocks = ((line.strip(), True) for block in _BLOCK.findall(page) for line in block.splitlines())
    spans = ((line, False) for line in _SPAN.findall(_BLOCK.sub("", page)))
    for line, copied in (*blocks, *spans):
        words = line.partition(" #")[0].split()
        if words[:1] == ["fruits"] and "…" not in line:
            yield words[1:], copied


def problem(words: list[str], copied: bool = True) -> str | None:
    """Return why the command line does not take these words; None where it does."""
    found: Any = typer.main.get_command(app)
    name, rest = "fruits", words
    while hasattr(found, "commands"):
        if not rest:
            return None
        name, rest = rest[0], rest[1:]
        if name not in found.commands:
            return f"no command {name}"
        found = found.commands[name]
    try:
        found.make_context(name, list(rest))
    except Exception as error:  # noqa: BLE001  whatever the parser says is the answer
        if not copied and type(error).__name__ == "MissingParameter":
            return None
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_exists_with_those_options(page: Path) -> None:
    found = list(commands(page.read_text()))

    assert found
    assert [(one, problem(*one)) for one in found if problem(*one)] == []


def test_red_twin_a_command_an_option_and_a_value_that_are_not_there_are_found() -> None:
    page = (
        "```\nfruits mend\nfruits run\n```\nor `fruits runs --all`\n  ```\n  fruits runs --state asleep  # now\n  ```\n"
    )

    assert [words[0] for words, _ in commands(page)] == ["mend", "run", "runs", "runs"]
    assert [one for one in commands(page) if problem(*one) is None] == []
    assert problem(["run"], copied=False) is None


def test_each_alarm_has_a_page_that_fits_a_screen_and_the_index_names_it_first_in_need() -> None:
    index = INDEX.read_text()

    assert {page.stem for page in RUNBOOKS.glob("*.md")} == {*ALARMS, "README"}
    assert {name for name in ALARMS if f"({name}.md)" not in index} == set()
    for name in ALARMS:
        page = (RUNBOOKS / f"{name}.md").read_text()
        assert page.startswith(f"# {name}\n")
        assert [part for part in PARTS if f"**{part}" not in page] == []
        assert len(page.splitlines()) <= 70
    assert index.index("## Fruits needs a person") < index.index("submit-not-running")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_parameter_that_a_page_names_is_the_template_s(page: Path) -> None:
    assert {
        name for name in _PARAMETER.findall(page.read_text()) if name not in {*template()["Parameters"], "RetryLater"}
    } == set()


def test_red_twin_a_parameter_of_another_name_is_found() -> None:
    assert _PARAMETER.findall("raise `MonthBudgetUsd`, or\n  fruits deploy --parameter MaxWait=240") == [
        "MonthBudgetUsd",
        "MaxWait",
    ]


def test_each_alarm_of_the_template_has_a_page() -> None:
    names = [str(one["Properties"]["AlarmName"]) for one in of_type("AWS::CloudWatch::Alarm").values()]

    assert [name for name in names if not any(name.rstrip("'}").endswith(alarm) for alarm in ALARMS)] == []
