"""`fruits logs`: what a function logged, or a job run printed."""

from typing import Annotated

import typer

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

Of = Annotated[str, typer.Argument(help="collect, submit, on-run-event, refit, maintain, or the id of a job run.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what is added, until Ctrl-C.")]
Hours = Annotated[float, typer.Option(min=0, help="How far back, for a function.")]


@takes_stack_options
def logs(of: Of, where: StackOptions, follow: Follow = False, hours: Hours = 24) -> None:
    """Show the log of a function, or what a job run printed.

    Example: fruits logs submit --follow
    """
    print_lines(where, of, follow, hours)


def print_lines(where: StackOptions, of: str, follow: bool, hours: float) -> None:
    """Print the lines to standard output as they come."""
    from datetime import UTC, datetime, timedelta

    from infra.ops.logs import read_lines

    with show_errors():
        since = datetime.now(UTC) - timedelta(hours=hours)
        for line in read_lines(where.open_pipeline(), of, follow, since):
            typer.echo(line)
