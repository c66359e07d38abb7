"""The spending of each month, in the ledger's table.

| item | `pk` | `sk` |
| --- | --- | --- |
| the runs of a day and what they cost | `spending#<month>` | `<day>` |
| a release | `spending#<month>` | `release#<time>` |

A day's item has the ids of the runs that are counted in it, so that an end told twice adds nothing.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.aws.table import Table, encoded
from chalicelib.domain.budget import Month, month_name

KEPT = timedelta(days=400)
"""A year, so that a month can be compared with the same one a year before."""
RELEASE = "release#"


class DynamoSpending:
    """See `services.spending.Spending`. `dynamodb` is a boto3 client: clients may be shared by threads."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._table = Table(dynamodb, table)

    def add(self, run_id: str, usd: float, day: datetime) -> bool:
        """Add a run's cost to its day, in one conditional write; False if the run is counted there already."""
        expires = int((day.replace(hour=0, minute=0, second=0, microsecond=0) + KEPT).timestamp())
        values = {":usd": _decimal(usd), ":run": {run_id}, ":id": run_id, ":expires": expires}
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

    def release(self, month: str, until_eur: float, at: datetime) -> None:
        """Keep a release of a month."""
        item = {"pk": _pk(month), "sk": f"{RELEASE}{at:%Y-%m-%dT%H:%M:%SZ}", "until_eur": _decimal(until_eur)}
        expires = int((at + KEPT).timestamp())
        self._table.write("put_item", Item=encoded({**item, "expires_at": expires}))


def _pk(month: str) -> str:
    return f"spending#{month}"


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.9f}").normalize()
