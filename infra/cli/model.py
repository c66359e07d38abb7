"""`fruits model list|show|compare`: the models that refits have published."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import model_views
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.models import Models

app = typer.Typer(no_args_is_help=True, help="Look at the models that refits have published, and compare them.")
_NAMED = 'A version: its name, the beginning of it, its number such as 3, or "latest".'


@app.command("list")
@takes_stack_options
def list_(where: StackOptions) -> None:
    """List all versions, oldest rows first: when each was fitted, how much it keeps, how far it differs.

    Example: fruits model list
    """
    with show_errors():
        published = _open(where)
        latest = published.card().version  # where there is no model, this says so
        Console().print(model_views.versions(published.cards(), latest))


@app.command()
@takes_stack_options
def show(
    where: StackOptions,
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help=_NAMED)] = "latest",
    to: Annotated[Path | None, typer.Option(help="Folder to bring its card, pictures and matrix into.")] = None,
) -> None:
    """Show a version: what it was fitted on and how, the variance it keeps, and how good its suggestions are.

    With --to its pictures and the reduced matrix come to this machine: matrix.csv, and Parquet files in matrix/.

    Example: fruits model show 3 --to build/model
    """
    console = Console()
    with show_errors():
        published = _open(where)
        card = published.card(version)
        model_views.show_card(console, card, published.place, is_latest=card.version == published.latest())
        if to is None:
            console.print("Its pictures and the reduced matrix: [bold]--to DIR[/bold] brings them here")
            return
        files = published.download(card, to)
        console.print(f"{len(files)} files in {to}:", highlight=False)
        for file in files:
            console.print(f"  {file.relative_to(to)}", highlight=False)


@app.command()
@takes_stack_options
def compare(
    where: StackOptions,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help=_NAMED)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help=_NAMED)] = "latest",
) -> None:
    """Compare two versions: how the space turned, moved and stretched, and whether coordinates must be recomputed.

    All of it comes from the moments that the versions hold; no photo is read.

    Example: fruits model compare 1 latest
    """
    with show_errors():
        published = _open(where)
        one, other = published.card(before), published.card(after)
        model_views.show_comparison(Console(), one, other, published.compare(one, other).to_dict())


def _open(where: StackOptions) -> "Models":
    from infra.ops import models

    pipeline = where.open_pipeline()
    return models.open_models(pipeline.target, pipeline.stack)
