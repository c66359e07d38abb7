"""`fruits destroy`: take a stack down, and see what is left of it."""

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options


@takes_stack_options
def destroy(
    where: StackOptions,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete photos, rows, models and the ledger too, for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a stack down: its schedules, runs, application and functions. The next deployment takes its data back.

    Every step can be repeated. At the end it lists what is still there, and what of it is billed.

    Example: fruits destroy --stage dev --profile work
    """
    from infra.cli import deploy_views
    from infra.cli.steps import show_steps
    from infra.deployment.destroy import TakeDown
    from infra.deployment.destroy import destroy as take_down
    from infra.deployment.leftovers import leftovers

    console = Console(highlight=False)
    with show_errors():
        asked = TakeDown(where.target(), where.stage, delete_data)
        if not yes:
            _ask(asked.stack.name, asked.target.place, delete_data)
        with show_steps(console) as steps:
            take_down(asked, steps)
        deploy_views.show_leftovers(console, leftovers(asked.target, where.stage))
        with_data = "a minute from now: SQS keeps a queue's name so long" if delete_data else "with these data"
        console.print(f"[bold]fruits deploy{where.words}[/bold] puts it in place again, {with_data}.")


def _ask(name: str, place: str, delete_data: bool) -> None:
    """Ask a person; leave where the answer is no. The loss of data wants more than a single key."""
    if not delete_data:
        typer.confirm(f"Take down {name} at {place}? Its data stay.", abort=True)
        return
    typed = typer.prompt(f"This deletes all photos, rows and models of {name} at {place}. Type its name")
    if typed != name:
        typer.echo("That is not its name: nothing was deleted.")
        raise typer.Exit(1)
