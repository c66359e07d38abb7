"""`fruits photo`: where an uploaded photo is."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options


@takes_stack_options
def photo(
    where: StackOptions,
    asked: Annotated[str, typer.Argument(metavar="KEY|NAME|ID", help="S3 key, file name, or photo id of 32 digits.")],
    as_json: AsJson = False,
) -> None:
    """Say where an uploaded photo is: waiting, in a batch, a row, rejected and why, in quarantine, or never registered.

    All versions of a key, and all keys with a file name, are shown. A file name lists the whole bucket.

    Example: fruits photo uploads/owner/banana/a.jpg
    """
    from infra.ops.whereabouts.search import open_search
    from infra.ops.whereabouts.sentences import document

    with show_errors():
        pipeline = where.open_pipeline()
        found = open_search(pipeline).find(asked)
        queued, dead = pipeline.messages()
    if as_json:
        print_json({"asked": asked, "photos": [document(one, queued, dead) for one in found]})
        return
    console = Console(highlight=False)
    for one in found:
        said = document(one, queued, dead)
        console.print(said.pop("sentence"), markup=False)
        console.print(_table(said))


def _table(said: dict[str, Any]) -> Table:
    table = Table(Column(no_wrap=True), Column(overflow="fold"), show_header=False)
    rejection = said.pop("rejection")
    for name, value in said.items():
        if value is not None:
            table.add_row(name.replace("_", " "), str(value))
    if rejection:
        table.add_row("rejection", f"{rejection['code']}: {rejection['meaning']}")
    return table
