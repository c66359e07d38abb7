"""The page for operators lists the keys of each JSON document, and every finding and place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer.main

from chalicelib.domain.batches import Batching
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.budget import Budget, Month
from chalicelib.domain.records import Batch
from chalicelib.domain.states import BatchState
from contracts.jobs.names import Kind
from infra.cli.main import app
from infra.ops import documents
from infra.ops.costs.brake import Brake
from infra.ops.dead_letters import DeadLetter, Shape
from infra.ops.exports import dictionary
from infra.ops.exports.formats import Format
from infra.ops.exports.writing import Written
from infra.ops.health.health import Health
from infra.ops.log_lines import LogLine
from infra.ops.reconciliation.findings import Finding, Reconciliation
from infra.ops.run_words import RunStory
from infra.ops.stack_state import RunTimes, StackState
from infra.ops.triggers import Trigger
from infra.ops.whereabouts.places import Place, Traces
from infra.ops.whereabouts.sentences import document
from tests.fakes.published import card_of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text()
NOW = datetime(2026, 11, 24, tzinfo=UTC)
BATCH = Batch("b", BatchState.DONE, NOW)
RUN = RunTimes("r", Kind.EXTRACT, "b", "SUCCESS", NOW, None, None, None, {})
HEALTH = Health(
    state=StackState(0, 0, {}, []),
    alarms=[],
    triggers=[],
    brake=Brake(Month(), Budget(10.0, 100, 1.0)),
    breaker=Breaker(),
    batching=Batching(1, 1, timedelta(0), 1),
)
LETTER = DeadLetter("handle", "body", "not_json", NOW, 5, Shape())
DICTIONARY = dictionary.document(card_of([], 1), Written(0, 0, 0), Format.PARQUET, "", 0)
OF_STORY = list(documents.of_story(RunStory(RUN, {}, BATCH)))
SAID: dict[str, Iterable[str]] = {
    "status": documents.of_health(HEALTH),
    "batches": documents.of_batch(BATCH),
    "runs": documents.of_run(RUN),
    "run": [key for key in OF_STORY if key not in documents.of_run(RUN)],
    "photo": document(Traces("p", "bucket", "key", None), 0, 0),
    "reconcile": Reconciliation().document(0, None),
    "dead-letters": LETTER.document(),
    "triggers": [*(field.name for field in fields(Trigger)), "is_on"],
    "export": ["place", *DICTIONARY],
    "logs": LogLine(NOW, "submit", "text").document(),
}


def keys(page: str, command: str) -> list[str]:
    (cell,) = re.findall(rf"^\| `fruits {command} --json`[^|]*\| ([^|]*) \|$", page, re.MULTILINE)
    return [key.strip() for key in cell.removeprefix("as above, and ").split(",")]


def test_the_keys_of_each_document_are_on_the_page_and_no_others() -> None:
    assert {command: keys(PAGE, command) for command in SAID} == {command: list(said) for command, said in SAID.items()}


def test_red_twin_a_key_that_is_renamed_is_missed() -> None:
    assert keys(PAGE.replace("is_on", "on"), "triggers") != list(SAID["triggers"])


def judging(page: str) -> set[str]:
    table = page.partition("| ends with 1 when |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `fruits ([a-z -]+)`", table, re.MULTILINE))


def helps(found: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if not hasattr(found, "commands"):
        yield name.strip(), str(found.help)
        return
    for own, one in found.commands.items():
        yield from helps(one, f"{name} {own}")


def test_the_page_names_each_command_whose_exit_code_1_is_a_finding_and_no_other() -> None:
    said = {name for name, text in helps(typer.main.get_command(app)) if re.search(r"(Exit code|;) 1: ", text)}

    assert judging(PAGE) == said


def test_red_twin_a_command_that_the_page_leaves_out_is_missed() -> None:
    assert "triggers" in judging(PAGE)
    assert "triggers" not in judging(PAGE.replace("| `fruits triggers` |", "| triggers |"))


def test_every_place_of_a_photo_and_every_finding_is_explained() -> None:
    assert [one.value for one in (*Place, *Finding) if f"`{one.value}`" not in PAGE] == []
