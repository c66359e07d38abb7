"""Read the price file: `prices.json`, dated, with a source and a confidence for each entry. Pure but for `packed`.

A Region may lack entries: it names another one whose entries stand in, and then count as assumed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from importlib import resources
from math import isfinite
from typing import Any

from contracts.prices.items import ARM, Item

SCHEMA = 1
OLD_AFTER = timedelta(days=90)
"""Prices change: older ones are shown with a warning."""


class Confidence(StrEnum):
    """How sure a price is."""

    LISTED = "listed"
    """Read in AWS's price list, its pages or an invoice, or in a public copy of one."""
    DERIVED = "derived"
    """Follows by a rule from listed ones; the source says which rule."""
    ASSUMED = "assumed"
    """Neither: of a like Region, or from memory. To be refreshed before it decides anything."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one unit of an item."""

    usd: float
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class FreeTier:
    """Units a month that cost nothing. `months`: how long a new account has it; None for good."""

    units: float
    source: str
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What AWS charges in one Region, without VAT."""

    region: str
    as_of: date
    usd_per_euro: float
    entries: Mapping[Item, Price]
    free: Mapping[Item, FreeTier]

    def usd(self, item: Item) -> float:
        """Return the price of one unit."""
        return self.entries[item].usd

    def free_units(self, item: Item, new_account: bool = False) -> float:
        """Return the free units a month; those of an account's first year only for a new one."""
        tier = self.free.get(item)
        return tier.units if tier is not None and (tier.months is None or new_account) else 0.0

    def euros(self, usd: float) -> float:
        """Return USD in EUR, by the file's own rate."""
        return usd / self.usd_per_euro

    def is_old(self, today: date) -> bool:
        """Return whether the prices should be read anew."""
        return today - self.as_of > OLD_AFTER

    def on(self, architecture: str) -> "Prices":
        """Return the prices of workers of an architecture, `X86_64` or `ARM64`, under the names of x86-64."""
        if architecture != "ARM64":
            return self
        return replace(self, entries={**self.entries, **{item: self.entries[arm] for item, arm in ARM.items()}})


@dataclass(frozen=True, slots=True)
class PriceFile:
    """A price file, read and checked."""

    as_of: date
    usd_per_euro: float
    rate_source: str
    regions: Mapping[str, Prices]
    whole: Sequence[str]
    """The Regions that have each price of their own. The first one is shown where none is named."""
    price_list_region: str
    """A Region where AWS's Price List answers, for all Regions."""

    def region(self, name: str) -> Prices:
        """Return the prices of a Region. Raises KeyError for one that the file does not have."""
        return self.regions[name]


def packed() -> PriceFile:
    """Return the prices that came with this code."""
    return read(resources.files("contracts.prices").joinpath("prices.json").read_text())


def read(text: str) -> PriceFile:
    """Read a price file.

    Raises:
        ValueError: it is no price file, or an entry lacks its source, or a Region lacks a price. The message names it.
    """
    found = json.loads(text)
    try:
        if found["schema"] != SCHEMA:
            raise ValueError(f"price file of schema {found['schema']!r}: this code reads {SCHEMA}")
        as_of, rate = date.fromisoformat(found["as_of"]), found["euro"]
        date.fromisoformat(rate["as_of"])
        usd_per_euro = _positive("euro", rate["usd"])
        free = {Item(name): _free(name, tier) for name, tier in found["free"].items()}
        tables = {name: _entries(name, region) for name, region in found["regions"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"price file: {type(error).__name__}: {error}") from error
    regions = {}
    for name, region in found["regions"].items():
        entries = _completed(name, tables, region.get("stands_in"))
        regions[name] = Prices(name, as_of, usd_per_euro, entries, free)
    whole = [name for name, region in found["regions"].items() if "stands_in" not in region]
    return PriceFile(as_of, usd_per_euro, str(rate["source"]), regions, whole, str(found["price_list_region"]))


def _entries(region: str, table: Mapping[str, Any]) -> dict[Item, Price]:
    return {Item(name): _price(f"{region}: {name}", entry) for name, entry in table["prices"].items()}


def _price(where: str, entry: Mapping[str, Any]) -> Price:
    usd = float(entry["usd"]) / _positive(where, entry.get("per", 1))
    if not isfinite(usd) or usd < 0:
        raise ValueError(f"{where}: {entry['usd']!r} is no price")
    if not entry["source"]:
        raise ValueError(f"{where}: no source")
    return Price(usd, str(entry["source"]), Confidence(entry["confidence"]))


def _free(name: str, tier: Mapping[str, Any]) -> FreeTier:
    return FreeTier(_positive(name, tier["units"]), str(tier["source"]), tier.get("months"))


def _positive(where: str, value: Any) -> float:
    number = float(value)
    if not isfinite(number) or number <= 0:
        raise ValueError(f"{where}: {value!r} must be above 0")
    return number


def _completed(name: str, tables: Mapping[str, Mapping[Item, Price]], stands_in: str | None) -> dict[Item, Price]:
    """Return a Region's entries, and in place of missing ones those of the Region that stands in."""
    others = {} if stands_in is None else tables[stands_in]
    borrowed = {
        item: replace(price, source=f"{stands_in}'s, in place of a price of its own", confidence=Confidence.ASSUMED)
        for item, price in others.items()
    }
    entries = {**borrowed, **tables[name]}
    if missing := sorted(set(Item) - set(entries)):
        raise ValueError(f"{name} has no price of {', '.join(missing)}, and no Region stands in")
    return entries
