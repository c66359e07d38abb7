"""The only place that builds clients: settings, adapters and use cases, each when it is first asked for."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

import boto3
from botocore.config import Config

from chalicelib import settings
from chalicelib.aws.at_once import THREADS
from chalicelib.aws.job_runner import EmrJobRunner, target_of
from chalicelib.aws.lake import GlueLake
from chalicelib.aws.logged import LoggedJobLedger, LoggedLedger
from chalicelib.aws.manifests import S3Manifests
from chalicelib.aws.spending import DynamoSpending
from chalicelib.domain.uploads import UploadLocation
from chalicelib.services.endings import Endings
from chalicelib.services.gauges import Gauges
from chalicelib.services.redrives import Redrive
from chalicelib.services.scheduled_jobs import ScheduledJobs
from chalicelib.services.spending import Budgeting, CountingRunner
from chalicelib.services.submit import Submitter
from chalicelib.settings import CommonSettings, StackSettings

# Standard mode: backs off with jitter, and knows which errors are worth it. Reads are short here; a minute is a hang.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=3,
    read_timeout=15,
    max_pool_connections=THREADS,
)


def random_hex() -> str:
    """Return eight hex digits."""
    return secrets.token_hex(4)


@dataclass(frozen=True, eq=False)
class Wiring:
    """What the handlers act through, on AWS. A wrong setting raises GiveUp in the first call that needs it."""

    environment: Mapping[str, str]

    @cached_property
    def common(self) -> CommonSettings:
        """The settings that every function needs. `collect` needs no more."""
        return settings.common(self.environment)

    @cached_property
    def stack(self) -> StackSettings:
        """The settings that the functions around job runs need."""
        return settings.read(self.environment)

    @property
    def stage(self) -> str:
        """The name of this stack among those beside it."""
        return self.common.stage

    @property
    def upload_location(self) -> UploadLocation:
        """Which objects are uploads."""
        return UploadLocation(self.common.photos_bucket, self.common.photos_prefix)

    @cached_property
    def ledger(self) -> LoggedLedger:
        """The ledger."""
        return LoggedLedger(self._dynamodb, self.common.ledger_table, self.common.retention, random_hex)

    @cached_property
    def runner(self) -> CountingRunner:
        """EMR Serverless, and what its runs cost: for the functions that may write it."""
        return CountingRunner(self._emr, self.spending, settings.prices(self.environment), self.clock)

    @cached_property
    def spending(self) -> DynamoSpending:
        """What each month's runs have cost."""
        return DynamoSpending(self._dynamodb, self.common.ledger_table)

    @cached_property
    def budgeting(self) -> Budgeting:
        """What the month's budget allows."""
        jobs = LoggedJobLedger(self._dynamodb, self.common.ledger_table)
        budget, prices = settings.budget(self.environment), settings.prices(self.environment)
        return Budgeting(self.spending, budget, prices, jobs, self.runner)

    @cached_property
    def lake(self) -> GlueLake:
        """The table's state and the model's."""
        return GlueLake(self._client("glue"), self._s3, self.stack.glue_database, self.stack.lake_bucket)

    @cached_property
    def manifests(self) -> S3Manifests:
        """Manifests, results and closing lines."""
        return S3Manifests(self._s3, self.stack.lake_bucket)

    @cached_property
    def endings(self) -> Endings:
        """The use cases around the ends of batches' runs."""
        return Endings(self.ledger, self.manifests, self.manifests, self.runner, self.clock)

    @cached_property
    def gauges(self) -> Gauges:
        """What is measured each minute."""
        return Gauges(self.ledger, self.clock, settings.batching(self.environment).most)

    @cached_property
    def redrive(self) -> Redrive:
        """The use case of a person who mends."""
        return Redrive(self.ledger, self.endings, self.clock)

    @cached_property
    def submitter(self) -> Submitter:
        """The use cases around the starts of batches' runs."""
        capacity, batching = settings.capacity(self.environment), settings.batching(self.environment)
        return Submitter(
            self.ledger, self.manifests, self.runner, self.endings, self.clock, random_hex, batching, capacity
        )

    @cached_property
    def scheduled_jobs(self) -> ScheduledJobs:
        """The use cases around the refit and the maintenance."""
        ledger = LoggedJobLedger(self._dynamodb, self.common.ledger_table)
        capacity, batching = settings.capacity(self.environment), settings.batching(self.environment)
        return ScheduledJobs(ledger, self.manifests, self._emr, self.clock, capacity, batching)

    @staticmethod
    def clock() -> datetime:
        """Return the time in UTC, in whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)

    @cached_property
    def _dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def _emr(self) -> EmrJobRunner:
        return EmrJobRunner(self._client("emr-serverless"), target_of(self.stack))

    @cached_property
    def _s3(self) -> Any:
        return self._client("s3")

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=self.common.region, config=CONFIG)


@cache
def wiring() -> Wiring:
    """Return the wiring of this process: Lambda keeps it between calls."""
    return Wiring(os.environ)
