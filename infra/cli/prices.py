"""`fruits prices`: the prices that costs are reckoned with: shown, read anew, checked."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.errors import show_errors

if TYPE_CHECKING:
    from infra.ops.costs.refresh import Changed

app = typer.Typer(help="The prices that costs are reckoned with.", no_args_is_help=True)
Out = Annotated[Path, typer.Option(help="Where the new file goes, for you to look at.")]
Rate = Annotated[float | None, typer.Option(min=0.01, help="USD for a euro today; the Price List has none.")]
Endpoint = Annotated[str | None, typer.Option(help="URL of the Price List, for tests.", hidden=True)]


@app.command()
def show(region: Annotated[str | None, typer.Option(help="Of the EU. Default: the file's first.")] = None) -> None:
    """Show each price of a Region, where it is from, and how sure it is.

    Example: fruits prices show
    """
    from datetime import UTC, datetime

    from contracts.errors import GiveUp
    from contracts.prices.items import unit
    from contracts.prices.price_list import packed
    from infra.cli.costs_views import age_warning

    console, file = Console(), packed()
    region = region or file.whole[0]
    with show_errors():
        if region not in file.regions:
            raise GiveUp(f"no prices of {region}: there are those of {', '.join(sorted(file.regions))}")
    prices = file.region(region)
    table = Table("item", "USD", "for one of", "free a month", "sure", "source", title=f"{region}, {prices.as_of}")
    for item, price in prices.entries.items():
        free = f"{prices.free_units(item):,.0f}" if prices.free_units(item) else ""
        table.add_row(item.value, f"{price.usd:.9g}", unit(item), free, price.confidence.value, price.source)
    console.print(table)
    console.print(f"{prices.usd_per_euro} USD for a euro: {file.rate_source}. Without VAT.")
    if warning := age_warning(prices, datetime.now(UTC).date()):
        console.print(warning)


@app.command()
def refresh(
    out: Out = Path("build/prices.json"),
    usd_per_euro: Rate = None,
    profile: Annotated[str | None, typer.Option(help="Of ~/.aws/config, with the right pricing:GetProducts.")] = None,
    endpoint: Endpoint = None,
) -> None:
    """Read AWS's Price List into a new file, and show what has changed. The prices in use stay as they are.

    Look at the file, and put it in the place of contracts/prices/prices.json: the next deployment reckons with it.

    Example: fruits prices refresh --usd-per-euro 1.12
    """
    from datetime import UTC, datetime

    from contracts.prices.price_list import packed, read
    from infra.ops.costs import refresh as prices
    from infra.ops.target import Target

    console = Console()
    with show_errors():
        key = "test" if endpoint else None
        client = Target(packed().price_list_region, endpoint, key, key, profile).client("pricing")
        found = prices.refresh(client, _packed_text(), datetime.now(UTC).date(), usd_per_euro)
        read(found.text)  # what breaks the schema is not written
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(found.text)
        console.print(_changes(found.changes))
        console.print(f"Written to {out}. Look at it, then: [bold]cp {out} contracts/prices/prices.json[/bold]")


@app.command()
def check(file: Annotated[Path | None, typer.Argument(help="A price file. Default: the one in use.")] = None) -> None:
    """Check a price file: its schema, a price and a source for everything, and its age. Exit code 65: it is wrong.

    Example: fruits prices check build/prices.json
    """
    from datetime import UTC, datetime

    from contracts.errors import GiveUp
    from contracts.prices.price_list import read
    from infra.cli.costs_views import age_warning

    console = Console()
    with show_errors():
        try:
            found = read(file.read_text() if file else _packed_text())
        except (ValueError, OSError) as error:
            raise GiveUp(f"{file or 'the price file'}: {error}") from error
    sure: dict[str, int] = {}
    for price in (price for prices in found.regions.values() for price in prices.entries.values()):
        sure[price.confidence.value] = sure.get(price.confidence.value, 0) + 1
    counts = ", ".join(f"{number} {name}" for name, number in sorted(sure.items()))
    console.print(f"{len(found.regions)} Regions, {found.as_of}: {counts} prices.")
    if warning := age_warning(next(iter(found.regions.values())), datetime.now(UTC).date()):
        console.print(warning)


def _packed_text() -> str:
    from importlib import resources

    return resources.files("contracts.prices").joinpath("prices.json").read_text()


def _changes(changes: "Iterable[Changed]") -> Table:
    table = Table("Region", "item", "USD before", "USD now", title="what differs from the prices in use")
    for one in changes:
        before = "" if one.before is None else f"{one.before:.9g}"
        after = "no single answer: kept" if one.after is None else f"{one.after:.9g}"
        table.add_row(one.region, one.item.value, before, after)
    return table
