"""The spending of each month, in the ledger's table.

| item | `pk` | `sk` |
| --- | --- | --- |
| the runs of a day and what they cost | `spending#<month>` | `<day>` |
| a release | `spending#<month>` | `release#<time>` |

A day's item has the ids of the runs that are counted in it, so that an end told twice adds nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.aws.table import Table, encoded
from chalicelib.domain.budget import Month, month_name

KEPT = timedelta(days=400)
"""A year, so that a month can be compared with the same one a year before."""
RELEASE = "release#"


@dataclass(frozen=True, slots=True)
class Day:
    """The runs of a day `YYYY-MM-DD` that are counted, and what they cost together, in USD."""

    day: str
    usd: float
    run_ids: frozenset[str]


class DynamoSpending:
    """See `services.spending.Spending`. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._table = Table(dynamodb, table)

    def add(self, run_id: str, usd: float, day: datetime) -> bool:
        """Add a run's cost to its day, in one conditional write; False if the run is counted there already."""
        values = {":usd": _decimal(usd), ":run": {run_id}, ":id": run_id, ":expires": _expires(day)}
        return self._table.write(
            "update_item",
            Key=encoded({"pk": _pk(month_name(day)), "sk": f"{day:%Y-%m-%d}"}),
            UpdateExpression="ADD usd :usd, run_ids :run SET expires_at = :expires",
            ConditionExpression="attribute_not_exists(run_ids) OR NOT contains(run_ids, :id)",
            ExpressionAttributeValues=encoded(values),
        )

    def month(self, month: str) -> Month:
        """Return what a month's runs have cost so far, by a consistent read."""
        found = list(self._table.query(_pk(month)))
        days = [item for item in found if not item["sk"].startswith(RELEASE)]
        releases = [float(item["until_eur"]) for item in found if item["sk"].startswith(RELEASE)]
        return Month(
            usd=float(sum((item["usd"] for item in days), Decimal(0))),
            runs=sum(len(item["run_ids"]) for item in days),
            released_until_eur=max(releases, default=0.0),
        )

    def days(self, month: str) -> list[Day]:
        """Return what is counted of a month, a day each, by a consistent read."""
        found = (item for item in self._table.query(_pk(month)) if not item["sk"].startswith(RELEASE))
        return [Day(item["sk"], float(item["usd"]), frozenset(item.get("run_ids", ()))) for item in found]

    def replace_day(self, before: Day, after: Day) -> bool:
        """Write a day anew; a day without runs is deleted. False if a run was counted in it since `before`."""
        key = encoded({"pk": _pk(before.day[:7]), "sk": before.day})
        unchanged = "run_ids = :before" if before.run_ids else "attribute_not_exists(run_ids)"
        values: dict[str, Any] = {":before": set(before.run_ids)} if before.run_ids else {}
        if not after.run_ids:
            named = {"ExpressionAttributeValues": encoded(values)} if values else {}
            return self._table.write("delete_item", Key=key, ConditionExpression=unchanged, **named)
        expires = _expires(datetime.strptime(after.day, "%Y-%m-%d").replace(tzinfo=UTC))
        values |= {":usd": _decimal(after.usd), ":runs": set(after.run_ids), ":expires": expires}
        return self._table.write(
            "update_item",
            Key=key,
            UpdateExpression="SET usd = :usd, run_ids = :runs, expires_at = :expires",
            ConditionExpression=unchanged,
            ExpressionAttributeValues=encoded(values),
        )

    def release(self, month: str, until_eur: float, at: datetime) -> None:
        """Keep a release of a month."""
        item = {"pk": _pk(month), "sk": f"{RELEASE}{at:%Y-%m-%dT%H:%M:%SZ}", "until_eur": _decimal(until_eur)}
        expires = int((at + KEPT).timestamp())
        self._table.write("put_item", Item=encoded({**item, "expires_at": expires}))


def _expires(day: datetime) -> int:
    return int((day.replace(hour=0, minute=0, second=0, microsecond=0) + KEPT).timestamp())


def _pk(month: str) -> str:
    return f"spending#{month}"


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.9f}").normalize()
