"""Scheduled jobs in the ledger's table: one item a kind, `pk` = `job#<kind>`."""

from typing import Any

from chalicelib.aws import job_items as items
from chalicelib.aws.table import Table
from chalicelib.domain.records import ScheduledJob
from contracts.jobs.names import Kind


class DynamoJobLedger:
    """See `ports.JobLedger`. `dynamodb` is a boto3 client."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._table = Table(dynamodb, table)

    def job(self, kind: Kind) -> ScheduledJob | None:
        """Return a job as it is now; None if it never ran."""
        found = self._table.get(items.key(kind))
        return items.job_from_item(found) if found else None

    def keep(self, job: ScheduledJob) -> bool:
        """Save a job's next revision, the first one being 0; False if that revision is there already."""
        return self._table.put_next(items.job_to_item(job))
