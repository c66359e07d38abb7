"""The figures of docs/costs.md: written between its markers, so that a test finds whatever no longer holds.

`python -m infra.ops.costs.page` writes them anew.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from contracts.prices.items import Item
from contracts.prices.price_list import Prices, packed
from infra.ops.costs import compare, what_if
from infra.ops.costs.bill import Bill
from infra.ops.costs.workload import BALANCED, FRUGAL, SETTINGS, Workload

PAGE = Path(__file__).resolve().parents[3] / "docs" / "costs.md"
_BLOCK = re.compile(r"(<!-- figures: ([a-z-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def filled(page: str) -> str:
    """Return a page with the figures of today's prices between its markers. Raises KeyError for an unknown block."""
    file = packed()
    prices = file.region(file.whole[0])
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]](prices)}\n{found[3]}", page)


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _money(bill: Bill, items: Iterable[Item]) -> str:
    return f"{bill.of(*items):.2f}"


def target(prices: Prices) -> str:
    """The target's month, before and now, part by part, then lever by lever."""
    found = what_if.compared(prices)
    last = found.levers[-1][1]
    parts = [
        (name, *(_money(bill, items) for bill in (found.before, found.default, last))) for name, items in what_if.PARTS
    ]
    sums = ("**all, USD**", *(f"**{bill.usd:.2f}**" for bill in (found.before, found.default, last)))
    euros = ("**all, EUR**", *(f"**{bill.eur:.2f}**" for bill in (found.before, found.default, last)))
    ratio = ("of the build before", "1", f"{found.ratio:.2f}", f"{float(last.usd / found.before.usd):.2f}")
    table = _rows(
        ("USD a month", "the build before", "this build, defaults", "all levers"), [*parts, sums, euros, ratio]
    )
    levers = _rows(
        ("lever, one after the other", "USD", "EUR"),
        [(name, f"{bill.usd:.2f}", f"{bill.eur:.2f}") for name, bill in found.levers],
    )
    return f"{table}\n\n{levers}"


def elsewhere(prices: Prices) -> str:
    """The target's month in each Region that has prices of its own."""
    del prices
    file, rows = packed(), []
    for region in file.whole:
        found = what_if.compared(file.region(region))
        last = found.levers[-1][1]
        rows.append((region, *(f"{bill.eur:.2f}" for bill in (found.before, found.default, last))))
    return _rows(("EUR a month", "the build before", "this build, defaults", "all levers"), rows)


def months(prices: Prices) -> str:
    """The published table: volumes, formats, settings, architectures."""
    head = (
        "photos a month",
        "of",
        "setting",
        "x86-64, USD",
        "its runs",
        "ARM64, USD",
        "its runs",
        "to row, at most",
    )
    cells = list(what_if.table(prices))
    rows = [
        (
            f"{x86.load.photos:,}",
            x86.label,
            x86.setting.name,
            f"{x86.bill.usd:.2f}",
            f"{x86.runs_usd:.2f}",
            f"{arm.bill.usd:.2f}",
            f"{arm.runs_usd:.2f}",
            f"{_time(x86.minutes_to_row)}",
        )
        for x86, arm in zip(cells[::2], cells[1::2], strict=True)
    ]
    return _rows(head, rows)


def trickle(prices: Prices) -> str:
    """A photo a minute, all month."""
    cells = [what_if.cell(Workload(43_200), "", setting, "X86_64", prices) for setting in SETTINGS]
    rows = [
        (
            cell.setting.name,
            f"{cell.plan.runs:,.0f}",
            f"{cell.runs_usd:.2f}",
            f"{cell.bill.usd:.2f}",
            _time(cell.minutes_to_row),
        )
        for cell in cells
    ]
    return _rows(("setting", "runs", "USD of all runs", "USD in all", "to row, at most"), rows)


def others(prices: Prices) -> str:
    """The CNN's work of the target's month on other services."""
    rows = [(way.name, f"{way.usd:.2f}", way.to_row, way.wins) for way in compare.ways(what_if.MILLION, prices)]
    return _rows(("the CNN's work of a million photos", "USD a month", "to row", "wins"), rows)


def settings(prices: Prices) -> str:
    """What the settings are, as parameters."""
    del prices
    refits = {FRUGAL.refits: "each week", BALANCED.refits: "each night"}
    rows = [
        (one.name, str(one.latency_minutes), str(one.max_wait_minutes), f"{one.target:,}", refits[one.refits])
        for one in SETTINGS
    ]
    return _rows(("setting", "`LatencyMinutes`", "`MaxWaitMinutes`", "`BatchTarget`", "refit"), rows)


def _time(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


BLOCKS: Mapping[str, Callable[[Prices], str]] = MappingProxyType(
    {
        "target": target,
        "elsewhere": elsewhere,
        "months": months,
        "trickle": trickle,
        "others": others,
        "settings": settings,
    }
)


def main() -> None:
    """Write the figures into the page."""
    PAGE.write_text(filled(PAGE.read_text()))


if __name__ == "__main__":
    main()
