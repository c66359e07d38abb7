"""`fruits runs`, `fruits run`: the job runs of a stack, and one of them from its start to its closing report."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from contracts.jobs.names import Kind
from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.run_words import RunStory
    from infra.ops.stack_state import RunTimes


class RunState(StrEnum):
    """The states of a run, as EMR Serverless names them."""

    SUBMITTED = "SUBMITTED"
    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


@takes_stack_options
def runs(
    where: StackOptions,
    kind: Annotated[Kind | None, typer.Option(help="Only runs of this kind.")] = None,
    state: Annotated[RunState | None, typer.Option(case_sensitive=False, help="Only runs in this state.")] = None,
    last: Annotated[int, typer.Option(min=0, help="The latest so many; 0 for all, a request each.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the job runs of a stack, the latest last.

    Example: fruits runs --kind refit --state failed
    """
    from infra.ops import documents

    with show_errors():
        found = where.open_pipeline().runs(kind, state, last)
    if as_json:
        print_json({"runs": [documents.of_run(run) for run in found]})
        return
    Console(highlight=False).print(_table(found) if found else "There are no such runs.")


@takes_stack_options
def run(
    where: StackOptions,
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a job run: `fruits runs` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Show one job run: what it works on, its times, its bill, its closing report in words, and what to do next.

    Of a run that failed, the last lines of its standard error are shown.

    Example: fruits run 00g1k2j3h4m5n6p7
    """
    from infra.ops import documents
    from infra.ops.run_stories import story_of

    with show_errors():
        story = story_of(where.open_pipeline(), run_id)
    if as_json:
        print_json(documents.of_story(story))
        return
    _show(Console(highlight=False), story)


def _table(found: "list[RunTimes]") -> Table:
    from infra.cli.live import moment, vcpu_hours

    ids = (Column("run", overflow="fold"), "kind", Column("works on", overflow="fold"))
    table = Table(*ids, "no.", "state", "asked for", "seconds", "vCPU-h")
    for one in found:
        seconds = "" if one.seconds is None else f"{one.seconds:,}"
        facts = (str(one.attempt), one.state, moment(one.created_at), seconds, vcpu_hours(one.billed))
        table.add_row(one.run_id, one.kind.value, one.subject, *facts)
    return table


def _show(console: Console, story: "RunStory") -> None:
    from infra.ops.documents import text

    one = story.run
    table = Table(Column(no_wrap=True), Column(overflow="fold"), title=f"run {one.run_id}", show_header=False)
    billed = ", ".join(f"{hours:.3f} {name}" for name, hours in one.billed.items())
    for name, value in (
        ("works on", f"{one.kind} {one.subject}, attempt {one.attempt}"),
        ("state", one.state),
        ("asked for", text(one.created_at)),
        ("started", text(one.started_at)),
        ("ended", text(one.ended_at)),
        ("seconds", None if one.seconds is None else f"{one.seconds:,}"),
        ("billed", billed or None),
        ("service says", one.details or None),
        ("how it ended", story.ended),
        ("what to do", story.next),
    ):
        if value is not None:
            table.add_row(name, value)
    console.print(table)
    if story.tail:
        console.print("The end of its standard error:")
        console.print("\n".join(story.tail), markup=False, soft_wrap=True)
