"""`fruits logs`: what a function logged, what a job run printed, or both for one batch or run in the order of time."""

from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import GiveUp
from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.log_lines import LogLine

Of = Annotated[str, typer.Argument(help="collect, submit, on-run-event, refit, maintain, or the id of a job run.")]
MayBeOf = Annotated[str, typer.Argument(metavar="[OF]", help="A function, such as submit, or the id of a job run.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what is added, until Ctrl-C.")]
Raw = Annotated[bool, typer.Option("--raw", help="A function's lines as it wrote them: JSON, metrics, Lambda's own.")]
Hours = Annotated[float, typer.Option(min=0, help="How far back, for a function.")]


@takes_stack_options
def logs(
    where: StackOptions,
    of: MayBeOf = "",
    batch: Annotated[str, typer.Option(help="All lines about this batch, from upload to commit.")] = "",
    run: Annotated[str, typer.Option(help="All lines about this run: of functions, and of its driver.")] = "",
    follow: Follow = False,
    hours: Hours = 24,
    raw: Raw = False,
    as_json: AsJson = False,
) -> None:
    """Show the log of a function, what a job run printed, or all lines about a batch or a run in the order of time.

    Of a function's line the time, the level if it is no INFO, the message and the counts are shown.

    Example: fruits logs submit --follow
    Example: fruits logs --batch 20261124T080000-0a1b2c3d
    """
    if not (batch or run):
        if as_json:
            with show_errors():
                raise GiveUp("--json goes with --batch or --run; of a function --raw shows the JSON lines")
        print_lines(where, of, follow, hours, raw)
        return
    with show_errors():
        lines = _joined(where, of, batch, run)
    if as_json:
        print_json({"lines": [line.document() for line in lines]})
        return
    for line in lines:
        typer.echo(f"{line.document()['at']} {line.source}: {line.text}")


def _joined(where: StackOptions, of: str, batch: str, run: str) -> "list[LogLine]":
    from infra.ops import joined_logs

    if of or (batch and run):
        raise GiveUp("give one of them: a function or a run to read, --batch, or --run")
    pipeline = where.open_pipeline()
    return joined_logs.of_batch(pipeline, batch) if batch else joined_logs.of_one_run(pipeline, run)


def print_lines(where: StackOptions, of: str, follow: bool, hours: float, raw: bool = False) -> None:
    """Print the lines to standard output as they come."""
    from datetime import UTC, datetime, timedelta

    from infra.ops.logs import read_lines

    with show_errors():
        if not of:
            raise GiveUp("whose log: collect, submit, on-run-event, refit, maintain, a run's id, --batch or --run?")
        since = datetime.now(UTC) - timedelta(hours=hours)
        for line in read_lines(where.open_pipeline(), of, follow, since, raw=raw):
            typer.echo(line)
