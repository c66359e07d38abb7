"""A bill: quantities times prices, line by line, that adds up by hand. USD without VAT. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from contracts.prices.items import Item, unit
from contracts.prices.price_list import Confidence, Prices

CENTS = Decimal("0.0001")
"""Amounts are rounded to a hundredth of a cent, line by line, and only then added."""
WHOLE = Decimal("0.001")
"""Quantities are rounded before they are multiplied: what is shown is what is charged."""


class Basis(StrEnum):
    """Where a quantity is from."""

    BILLED = "billed"
    """The service's own bill of a run."""
    COUNTED = "counted"
    """Metrics of the services, the ledger, or logs."""
    ESTIMATED = "estimated"
    """Reckoned from other quantities (`infra/ops/costs/model.py`)."""


@dataclass(frozen=True, slots=True)
class Used:
    """A quantity of an item, and what it was used for."""

    what: str
    item: Item
    quantity: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Line:
    """One line: (quantity - free) x price = amount."""

    what: str
    item: Item
    basis: Basis
    quantity: Decimal
    free: Decimal
    price: Decimal
    """USD for one unit."""
    confidence: Confidence

    @property
    def usd(self) -> Decimal:
        """The amount."""
        return ((self.quantity - self.free) * self.price).quantize(CENTS, ROUND_HALF_UP)

    @property
    def unit(self) -> str:
        """The words for the quantity."""
        return unit(self.item)


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and what they add up to."""

    lines: Sequence[Line]
    prices: Prices

    @property
    def usd(self) -> Decimal:
        """The sum of the lines' amounts, as they are shown."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def eur(self) -> Decimal:
        """The same in EUR."""
        return (self.usd / Decimal(str(self.prices.usd_per_euro))).quantize(CENTS, ROUND_HALF_UP)

    def to_dict(self) -> dict[str, Any]:
        """Return the bill for views and scripts: amounts as text, exact."""
        lines = [
            {
                "for": line.what,
                "item": line.item.value,
                "unit": line.unit,
                "quantity": str(line.quantity),
                "free": str(line.free),
                "usd_each": f"{line.price:f}",
                "usd": str(line.usd),
                "basis": line.basis.value,
                "price": line.confidence.value,
            }
            for line in self.lines
        ]
        about = {"prices_as_of": self.prices.as_of.isoformat(), "usd_per_euro": self.prices.usd_per_euro}
        sums = {"usd": str(self.usd), "eur": str(self.eur), "vat": "not included"}
        return {"region": self.prices.region, **about, "lines": lines, **sums}

    def of(self, *items: Item) -> Decimal:
        """Return what some items cost together."""
        return sum((line.usd for line in self.lines if line.item in items), Decimal(0))


def bill(used: Iterable[Used], prices: Prices, new_account: bool = False) -> Bill:
    """Price quantities. Free units of an item go to its lines in their order; quantities of nothing are left out."""
    left = {item: _rounded(prices.free_units(item, new_account)) for item in Item}
    lines = []
    for one in used:
        quantity = _rounded(one.quantity)
        if not quantity:
            continue
        free = min(quantity, left[one.item])
        left[one.item] -= free
        price = prices.entries[one.item]
        lines.append(Line(one.what, one.item, one.basis, quantity, free, Decimal(repr(price.usd)), price.confidence))
    return Bill(lines, prices)


def _rounded(quantity: float) -> Decimal:
    return Decimal(repr(quantity)).quantize(WHOLE, ROUND_HALF_UP)
