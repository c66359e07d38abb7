"""`fruits costs`: what a stack has cost this month, and what other months would."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from contracts.errors import GiveUp
from infra.cli.costs_month import Asking, print_month
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from contracts.prices.price_list import Prices
    from infra.ops.costs.what_if import Cell


class Format(StrEnum):
    """File endings by which the work of a photo is reckoned."""

    JPEG = "jpeg"
    HEIC = "heic"
    PNG = "png"
    WEBP = "webp"


class Architecture(StrEnum):
    """Of the workers."""

    X86_64 = "X86_64"
    ARM64 = "ARM64"


class Named(StrEnum):
    """How long photos wait, in a word."""

    FRUGAL = "frugal"
    BALANCED = "balanced"
    FAST = "fast"


_WHAT_IF = "What another month would cost"
Recount = Annotated[
    bool, typer.Option("--recount", help="Write the brake's counter of the month anew from the bills, after asking.")
]
Asked = Annotated[
    bool, typer.Option("--what-if", help="Estimate a month; no stack is asked.", rich_help_panel=_WHAT_IF)
]
Photos = Annotated[int | None, typer.Option(min=1, help="Photos a month.", rich_help_panel=_WHAT_IF)]
Size = Annotated[int, typer.Option(min=1, help="KB of a photo.", rich_help_panel=_WHAT_IF)]
Ending = Annotated[Format, typer.Option("--format", help="Of the photos.", rich_help_panel=_WHAT_IF)]
Workers = Annotated[Architecture, typer.Option(help="Of the workers.", rich_help_panel=_WHAT_IF)]
Kept = Annotated[int, typer.Option(min=1, help="Days that a photo is kept.", rich_help_panel=_WHAT_IF)]
Waits = Annotated[Named, typer.Option(help="How long photos wait.", rich_help_panel=_WHAT_IF)]


@takes_stack_options
def costs(
    where: StackOptions,
    month: Annotated[str | None, typer.Option(help="YYYY-MM, of UTC. Default: this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for scripts.")] = False,
    recount: Recount = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    what_if: Asked = False,
    photos: Photos = None,
    size: Size = 200,
    of: Ending = Format.JPEG,
    architecture: Workers = Architecture.X86_64,
    days: Kept = 7,
    setting: Waits = Named.BALANCED,
) -> None:
    """Show what a stack has cost this month: a table that adds up by hand. Nothing is billed for asking.

    Beside the bills stands what the brake has counted, and whether it holds. --recount writes that counter anew from
    the bills of the month's runs; runs of a stack that was taken down have no bill here, and are forgotten.

    With --what-if it shows what a month would cost: the published table, or with --photos one month line by line.

    Example: fruits costs --what-if --photos 1000000 --size 200 --setting frugal --architecture ARM64
    """
    console, now = Console(), datetime.now(UTC)
    with show_errors():
        if photos is not None and not what_if:
            raise GiveUp("--photos is of a month that may be: give --what-if too")
        if what_if and photos is None:
            _print_table(console, _prices(where.region), as_json)
        elif what_if:
            from infra.ops.costs.what_if import cell
            from infra.ops.costs.workload import SETTINGS, Workload

            (chosen,) = [one for one in SETTINGS if one.name == setting]
            load = Workload(photos or 1, size * 1000, of.value, days)
            label = f"{size} KB {of.value.upper()}"
            _print_cell(console, cell(load, label, chosen, architecture, _prices(where.region)), as_json)
        else:
            print_month(console, where, month or f"{now:%Y-%m}", now, Asking(as_json, recount, yes))


def _prices(region: str | None) -> "Prices":
    """Return a Region's prices; those of the file's first one where none is named."""
    from contracts.prices.price_list import packed

    file = packed()
    if region and region not in file.regions:
        raise GiveUp(f"there are no prices of {region}: `fruits prices show` lists the Regions")
    return file.region(region or file.whole[0])


def _print_table(console: Console, prices: "Prices", as_json: bool) -> None:
    from infra.cli.costs_views import cells_table, warn_of_age
    from infra.ops.costs.what_if import table

    cells = list(table(prices))
    if as_json:
        found = [{"photos": one.load.photos, "of": one.label, **_named(one), **one.bill.to_dict()} for one in cells]
        typer.echo(json.dumps({"months": found}))
        return
    console.print(cells_table(cells))
    warn_of_age(console, prices)


def _print_cell(console: Console, found: "Cell", as_json: bool) -> None:
    from infra.cli.costs_views import bill_table, cells_table, warn_of_age

    if as_json:
        typer.echo(json.dumps({**_named(found), **found.bill.to_dict()}))
        return
    console.print(bill_table(found.bill.to_dict(), "a month's costs, estimated"))
    console.print(cells_table([found]))
    warn_of_age(console, found.bill.prices)


def _named(cell: "Cell") -> dict[str, object]:
    return {
        "setting": cell.setting.name,
        "architecture": cell.architecture,
        "runs": round(cell.plan.runs, 1),
        "minutes_to_row": round(cell.minutes_to_row, 1),
    }
