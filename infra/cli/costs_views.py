"""The tables of `fruits costs` and `fruits prices`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Column, Table

if TYPE_CHECKING:
    from contracts.prices.price_list import Prices
    from infra.ops.costs.what_if import Cell


def bill_table(bill: Mapping[str, Any], title: str) -> RenderableType:
    """Return a bill, as `Bill.to_dict` has it, as a table that adds up by hand."""
    table = Table(
        Column("for", overflow="fold"),
        *(Column(name, justify="right", no_wrap=True) for name in ("quantity", "free", "USD each", "USD")),
        title=title,
        box=box.SIMPLE_HEAD,
    )
    for line in bill["lines"]:
        mark = "~" if line["basis"] == "estimated" else ""
        quantity, free = Decimal(line["quantity"]), Decimal(line["free"])
        shown = (mark + number(quantity), number(free) if free else "", price_text(Decimal(line["usd_each"])))
        table.add_row(f"{line['for']}, {line['unit']}", *shown, line["usd"])
    table.add_section()
    table.add_row("all", "", "", "", bill["usd"])
    table.add_row("in EUR", "", "", "", bill["eur"])
    return Group(table, footnote(bill))


def number(quantity: Decimal) -> str:
    """Return a quantity without the zeros behind its point."""
    return f"{quantity:,}".rstrip("0").rstrip(".") if quantity % 1 else f"{int(quantity):,}"


def price_text(price: Decimal) -> str:
    """Return a price; a very small one for a million units."""
    if 0 < price < Decimal("0.0001"):
        return f"{float(price * 1_000_000):.6g}/million"
    return f"{float(price):.6g}"


def footnote(bill: Mapping[str, Any]) -> str:
    """Return what a reader must know of a bill's prices."""
    assumed = sorted({line["item"] for line in bill["lines"] if line["price"] == "assumed" and float(line["usd"])})
    unsure = f" Assumed prices among them: {', '.join(assumed)}." if assumed else ""
    of = f"Prices of {bill['region']}, {bill['prices_as_of']}, {bill['usd_per_euro']} USD for a euro."
    how = "(quantity - free) x USD each = USD; ~ is estimated, the rest billed or counted."
    return f"{how} {of} VAT {bill['vat']}.{unsure}"


def warn_of_age(console: Console, prices: "Prices") -> None:
    """Print a warning about old prices; nothing while they are fresh."""
    warning = age_warning(prices, datetime.now(UTC).date())
    if warning:
        console.print(warning)


def age_warning(prices: "Prices", today: date) -> str | None:
    """Return a warning about old prices; None while they are fresh."""
    if not prices.is_old(today):
        return None
    days = (today - prices.as_of).days
    return f"[yellow]The prices are {days} days old[/yellow]: [bold]fruits prices refresh[/bold] reads them anew."


def cells_table(cells: "Iterable[Cell]") -> Table:
    """Return months of the what-if as a table."""
    names = ("photos", "of", "setting", "workers", "USD", "EUR", "runs", "their", "to row")
    columns = [Column(name, no_wrap=True) for name in names]
    table = Table(*columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, collapse_padding=True)
    for cell in cells:
        table.add_row(
            f"{cell.load.photos:,}",
            cell.label,
            cell.setting.name,
            cell.architecture,
            f"{cell.bill.usd:.2f}",
            f"{cell.bill.eur:.2f}",
            f"{cell.plan.runs:,.0f}",
            f"{cell.runs_usd:.2f}",
            duration(cell.minutes_to_row),
        )
    return table


def duration(minutes: float) -> str:
    """Return a time in the words that fit its length."""
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
