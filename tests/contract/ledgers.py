"""Both ledgers: the fake in memory, and the real adapter on the DynamoDB of a local cloud."""

from datetime import timedelta
from typing import Any

from chalicelib.aws.job_ledger import DynamoJobLedger
from chalicelib.aws.ledger import DynamoLedger
from chalicelib.wiring import random_hex
from infra.deployment.template import resource
from infra.local.cloud import LocalCloud

RETENTION = timedelta(days=90)


def dynamo_ledger(cloud: LocalCloud, name: str) -> DynamoLedger:
    """A ledger in a new table."""
    return DynamoLedger(_table(cloud, name), name, RETENTION, random_hex)


def dynamo_job_ledger(cloud: LocalCloud, name: str) -> DynamoJobLedger:
    """A ledger of scheduled jobs in a new table."""
    return DynamoJobLedger(_table(cloud, name), name)


def _table(cloud: LocalCloud, name: str) -> Any:
    """Make a new table, and return a client."""
    client: Any = cloud.target().client("dynamodb")
    make_table(client, name)
    return client


def make_table(client: Any, name: str) -> None:
    """Make a new table as the template says."""
    made = resource("LedgerTable")["Properties"]
    client.create_table(
        TableName=name,
        **{part: made[part] for part in ("BillingMode", "AttributeDefinitions", "KeySchema")},
    )
