"""`fruits costs`: what a stack has cost this month, and what other months would. `fruits release`: the brake let go."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from contracts.errors import GiveUp
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
    what_if: Asked = False,
    photos: Photos = None,
    size: Size = 200,
    of: Ending = Format.JPEG,
    architecture: Workers = Architecture.X86_64,
    days: Kept = 7,
    setting: Waits = Named.BALANCED,
) -> None:
    """Show what a stack has cost this month: a table that adds up by hand. Nothing is billed for asking.

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
            _print_month(console, where, month or f"{now:%Y-%m}", now, as_json)


def _prices(region: str | None) -> "Prices":
    """Return a Region's prices; those of the file's first one where none is named."""
    from contracts.prices.price_list import packed

    file = packed()
    if region and region not in file.regions:
        raise GiveUp(f"there are no prices of {region}: `fruits prices show` lists the Regions")
    return file.region(region or file.whole[0])


def _print_table(console: Console, prices: "Prices", as_json: bool) -> None:
    from infra.cli.costs_views import cells_table
    from infra.ops.costs.what_if import table

    cells = list(table(prices))
    if as_json:
        found = [{"photos": one.load.photos, "of": one.label, **_named(one), **one.bill.to_dict()} for one in cells]
        typer.echo(json.dumps({"months": found}))
        return
    console.print(cells_table(cells))
    _warn(console, prices)


def _print_cell(console: Console, found: "Cell", as_json: bool) -> None:
    from infra.cli.costs_views import bill_table, cells_table

    if as_json:
        typer.echo(json.dumps({**_named(found), **found.bill.to_dict()}))
        return
    console.print(bill_table(found.bill.to_dict(), "a month's costs, estimated"))
    console.print(cells_table([found]))
    _warn(console, found.bill.prices)


def _named(cell: "Cell") -> dict[str, object]:
    return {
        "setting": cell.setting.name,
        "architecture": cell.architecture,
        "runs": round(cell.plan.runs, 1),
        "minutes_to_row": round(cell.minutes_to_row, 1),
    }


def _print_month(console: Console, where: StackOptions, month: str, now: datetime, as_json: bool) -> None:
    from infra.cli.costs_views import bill_table
    from infra.ops.costs.measured import month_bill

    pipeline = where.open_pipeline()
    try:
        found = month_bill(pipeline, month, now)
    except ValueError as error:
        raise GiveUp(f"--month {month}: it must be YYYY-MM, such as {now:%Y-%m}") from error
    if as_json:
        typer.echo(json.dumps({"month": month, **found.to_dict()}))
        return
    console.print(bill_table(found.to_dict(), f"costs of {month}, stage {pipeline.stack.stage}"))
    if not pipeline.target.is_aws:
        console.print("A local cloud bills nobody: this is what the same runs and calls cost on AWS.")
    _warn(console, found.prices)


def _warn(console: Console, prices: "Prices") -> None:
    from infra.cli.costs_views import age_warning

    warning = age_warning(prices, datetime.now(UTC).date())
    if warning:
        console.print(warning)
