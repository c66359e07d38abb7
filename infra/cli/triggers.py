"""`fruits triggers`: whether what sets the functions going is switched on."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options


@takes_stack_options
def triggers(
    where: StackOptions,
    enable: Annotated[bool, typer.Option("--enable", help="Switch on what is off.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the schedules, the queue and the rule that set the functions going. Exit code 1: one is off.

    A `fruits destroy` that was cut short leaves schedules off, and so does a person in the console.

    Example: fruits triggers --enable
    """
    from infra.ops.triggers import of_stack

    with show_errors():
        known = of_stack(where.open_pipeline())
        found = known.read()
        if enable:
            for one in (one for one in found if not one.is_on):
                known.enable(one)
            found = known.read()
    if as_json:
        print_json({"triggers": [{**asdict(one), "is_on": one.is_on} for one in found]})
    else:
        table = Table("function", "by", "state", "when", Column("name", overflow="fold"))
        for one in found:
            colour = "green" if one.is_on else "red"
            table.add_row(one.function, one.kind, f"[{colour}]{one.state}[/{colour}]", one.when, one.name)
        Console(highlight=False).print(table)
    if not all(one.is_on for one in found):
        raise typer.Exit(1)
