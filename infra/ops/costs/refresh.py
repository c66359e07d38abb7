"""Read prices from AWS's Price List into a new price file, for a person to look at. The packed one is never changed.

One question an item and Region, by its usage type: the answers are small, where the offer files have megabytes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.errors import GiveUp
from contracts.prices.items import Item
from contracts.prices.price_list import Confidence

USAGE: Mapping[Item, tuple[str, str]] = {
    Item.EMR_VCPU: ("ElasticMapReduce", "EMR-SERVERLESS-vCPUHours"),
    Item.EMR_MEMORY: ("ElasticMapReduce", "EMR-SERVERLESS-MemoryGBHours"),
    Item.EMR_ARM_VCPU: ("ElasticMapReduce", "EMR-SERVERLESS-ARM-vCPUHours"),
    Item.EMR_ARM_MEMORY: ("ElasticMapReduce", "EMR-SERVERLESS-ARM-MemoryGBHours"),
    Item.EMR_STORAGE: ("ElasticMapReduce", "EMR-SERVERLESS-StorageGBHours"),
    Item.LAMBDA_REQUEST: ("AWSLambda", "Request"),
    Item.LAMBDA_TIME: ("AWSLambda", "Lambda-GB-Second"),
    Item.LAMBDA_ARM_TIME: ("AWSLambda", "Lambda-GB-Second-ARM"),
    Item.SQS_REQUEST: ("AWSQueueService", "Requests-Tier1"),
    Item.LEDGER_WRITE: ("AmazonDynamoDB", "WriteRequestUnits"),
    Item.LEDGER_READ: ("AmazonDynamoDB", "ReadRequestUnits"),
    Item.LEDGER_STORAGE: ("AmazonDynamoDB", "TimedStorage-ByteHrs"),
    Item.LEDGER_BACKUP: ("AmazonDynamoDB", "TimedPITRStorage-ByteHrs"),
    Item.S3_PUT: ("AmazonS3", "Requests-Tier1"),
    Item.S3_GET: ("AmazonS3", "Requests-Tier2"),
    Item.S3_STORAGE: ("AmazonS3", "TimedStorage-ByteHrs"),
    Item.LOGS_WRITTEN: ("AmazonCloudWatch", "DataProcessing-Bytes"),
    Item.LOGS_STORED: ("AmazonCloudWatch", "TimedStorage-ByteHrs"),
    Item.LOGS_SCANNED: ("AmazonCloudWatch", "DataScanned-Bytes"),
    Item.METRIC: ("AmazonCloudWatch", "CW:MetricMonitorUsage"),
    Item.ALARM: ("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    Item.SCHEDULE: ("AWSEvents", "ScheduledInvocation"),
    Item.FARGATE_VCPU: ("AmazonECS", "Fargate-vCPU-Hours:perCPU"),
    Item.FARGATE_MEMORY: ("AmazonECS", "Fargate-GB-Hours"),
}
"""Service and usage type of each item that the Price List names. The others keep what the file has."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One price that the Price List has otherwise than the file; `after` is None where it has no single answer."""

    region: str
    item: Item
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A new price file, as text, and what differs from the old one."""

    text: str
    changes: Sequence[Changed]


def refresh(pricing: Any, text: str, today: date, usd_per_euro: float | None = None) -> Refreshed:
    """Return a price file with what the Price List says today in place of what it said. Writes nothing.

    `pricing` is a boto3 client; `text` the file to go on from. The Price List has no exchange rate: `usd_per_euro` is a
    person's, and without one the old rate stays, with its date.

    Raises:
        GiveUp: no price at all was found, so the answers are not those of the Price List.
    """
    file, changes, found = json.loads(text), list[Changed](), 0
    for region, table in file["regions"].items():
        for item in USAGE:
            service, usage = USAGE[item][0], f"{table['usage_prefix']}-{USAGE[item][1]}"
            before = table["prices"].get(item.value)
            usd = _one_price(pricing, region, service, usage)
            old = None if before is None else float(before["usd"]) / before.get("per", 1)
            if usd is None:
                changes += [Changed(region, item, old, None)]
                continue
            found += 1
            if old is None or abs(usd - old) > 1e-9 * max(usd, old):
                changes.append(Changed(region, item, old, usd))
            table["prices"][item.value] = _entry(usd, f"{service} {usage}", today)
    if not found:
        raise GiveUp("the Price List has none of these prices: is it the Price List that answers?")
    file["as_of"] = today.isoformat()
    if usd_per_euro is not None:
        file["euro"] = {"usd": usd_per_euro, "as_of": today.isoformat(), "source": "given by hand"}
    return Refreshed(json.dumps(file, indent=2) + "\n", changes)


def _entry(usd: float, usage: str, today: date) -> dict[str, Any]:
    source = f"AWS Price List, {usage}, read {today.isoformat()}"
    return {"usd": usd, "source": source, "confidence": Confidence.LISTED.value}


def _one_price(pricing: Any, region: str, service: str, usage: str) -> float | None:
    """Return the price of the first units that cost anything; None if there is none, or several that differ."""
    filters = [
        {"Type": "TERM_MATCH", "Field": "usagetype", "Value": usage},
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
    ]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    products = [json.loads(product) for page in pages for product in page["PriceList"]]
    prices = {price for product in products if (price := first_price(product)) is not None}
    return prices.pop() if len(prices) == 1 else None


def first_price(product: Mapping[str, Any]) -> float | None:
    """Return the on-demand price of a product's first units that cost anything: a first tier may be free."""
    tiers = sorted(_tiers(product))
    return next((usd for _, usd in tiers if usd > 0), None)


def _tiers(product: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if "USD" in dimension["pricePerUnit"]:
                yield float(dimension["beginRange"]), float(dimension["pricePerUnit"]["USD"])
