"""The only place that builds clients: settings and adapters, once a cold start and not before they are asked for."""

import os
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from chalicelib import settings
from chalicelib.aws.job_ledger import DynamoJobLedger
from chalicelib.aws.job_runner import EmrJobRunner, target_of
from chalicelib.aws.lake import GlueLake
from chalicelib.aws.ledger import THREADS, DynamoLedger
from chalicelib.aws.manifests import S3Manifests
from chalicelib.domain.uploads import UploadLocation
from chalicelib.services.endings import Endings
from chalicelib.services.redrives import Redrive
from chalicelib.services.scheduled_jobs import ScheduledJobs
from chalicelib.services.submit import Submitter
from chalicelib.settings import Intake, Settings

# Standard mode: backs off with jitter, and knows which errors are worth it. Reads are short here; a minute is a hang.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=3,
    read_timeout=15,
    max_pool_connections=THREADS,
)


def now() -> datetime:
    """The time in UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def random_hex() -> str:
    """Eight hex digits."""
    return secrets.token_hex(4)


@cache
def configured() -> Settings:
    """Read the settings; a wrong one stops the cold start."""
    return settings.read(os.environ)


@cache
def intake_settings() -> Intake:
    """Read what `collect` needs, and no more."""
    return settings.intake(os.environ)


def stage() -> str:
    """Which of the stacks beside each other this one is."""
    return intake_settings().stage


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name=intake_settings().region, config=CONFIG)


@cache
def ledger() -> DynamoLedger:
    """The ledger."""
    known = intake_settings()
    return DynamoLedger(_client("dynamodb"), known.ledger_table, known.retention)


@cache
def runner() -> EmrJobRunner:
    """EMR Serverless."""
    return EmrJobRunner(_client("emr-serverless"), target_of(configured()))


def upload_location() -> UploadLocation:
    """Which objects are uploads."""
    return UploadLocation(intake_settings().photos_bucket, intake_settings().photos_prefix)


@cache
def lake() -> GlueLake:
    """The table's state and the model's."""
    known = configured()
    return GlueLake(_client("glue"), _client("s3"), known.glue_database, known.lake_bucket)


def scheduled_jobs() -> ScheduledJobs:
    """The use cases around the refit and the maintenance."""
    ledger = DynamoJobLedger(_client("dynamodb"), configured().ledger_table)
    capacity, batching = settings.capacity(os.environ), settings.batching(os.environ)
    return ScheduledJobs(ledger, manifests(), runner(), now, capacity, batching)


@cache
def manifests() -> S3Manifests:
    """Manifests, results and closing lines."""
    return S3Manifests(_client("s3"), configured().lake_bucket)


def endings() -> Endings:
    """The use cases around the ends of batches' runs."""
    return Endings(ledger(), manifests(), manifests(), runner(), now)


def redrive() -> Redrive:
    """The use case of who mends."""
    return Redrive(ledger(), endings(), now)


def submitter() -> Submitter:
    """The use cases around starts of batches' runs."""
    capacity, batching = settings.capacity(os.environ), settings.batching(os.environ)
    return Submitter(ledger(), manifests(), runner(), endings(), now, random_hex, batching, capacity)
