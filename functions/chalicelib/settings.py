"""Read the settings from the environment, once a cold start. An error names the variable that is wrong.

`template.yaml` sets all variables; `tests/infra` checks that the two agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import TypeVar

from chalicelib.domain.batches import Batching
from chalicelib.domain.budget import Budget
from chalicelib.domain.costs import full_work
from chalicelib.domain.counts import GiveUpCount
from chalicelib.domain.sizing import FULL_START_SHARE, Capacity
from contracts.errors import GiveUp
from contracts.jobs import places
from contracts.jobs.emr_release import Release, by_label
from contracts.jobs.places import Versions
from contracts.prices.price_list import Prices, packed

Value = TypeVar("Value")

# The Regions of EU member states that have EMR Serverless. London (eu-west-2) and Zurich (eu-central-2) are Europe, and
# an adequacy decision may allow a transfer there, but they are not in the EU.
EU_REGIONS = frozenset({"eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2"})


@dataclass(frozen=True, slots=True)
class CommonSettings:
    """The settings that every function needs. `collect` needs no more."""

    region: str
    stage: str
    photos_bucket: str
    photos_prefix: str
    ledger_table: str
    retention: timedelta
    """How long the ledger keeps a settled photo: longer than any message can be redelivered."""


@dataclass(frozen=True, slots=True)
class StackSettings:
    """The settings of the functions around job runs, without `Batching` and `Capacity`."""

    common: CommonSettings
    lake_bucket: str
    artifacts_bucket: str
    versions: Versions
    """What runs take from the artifacts bucket."""
    release: Release
    """Of the application: it says where Spark finds Iceberg."""
    glue_database: str
    application_id: str
    job_role_arn: str
    log_group: str


def read(environment: Mapping[str, str]) -> StackSettings:
    """Read the settings of the functions around job runs.

    Raises:
        GiveUp: a variable is missing or wrong, or the Region is outside the EU.
    """
    take = _Taker(environment)
    return StackSettings(
        common=common(environment),
        lake_bucket=take("LAKE_BUCKET", str),
        artifacts_bucket=take("ARTIFACTS_BUCKET", str),
        versions=Versions(
            code=take("CODE_VERSION", places.version),
            environment=take("ENVIRONMENT_VERSION", places.version),
            artifact=take("ARTIFACT_VERSION", places.version),
        ),
        release=take("RELEASE_LABEL", by_label),
        glue_database=take("GLUE_DATABASE", str),
        application_id=take("APPLICATION_ID", str),
        job_role_arn=take("JOB_ROLE_ARN", str),
        log_group=take("JOB_LOG_GROUP", str),
    )


def common(environment: Mapping[str, str]) -> CommonSettings:
    """Read the settings that every function needs.

    `collect` reads no more. If a wrong batch size stopped it, photos would end in the dead-letter queue.

    Raises:
        GiveUp: as `read`.
    """
    take = _Taker(environment)
    return CommonSettings(
        region=take("AWS_REGION", _eu_region),
        stage=take("STAGE", str),
        photos_bucket=take("PHOTOS_BUCKET", str),
        photos_prefix=take("PHOTOS_PREFIX", str),
        ledger_table=take("LEDGER_TABLE", str),
        retention=timedelta(days=take("LEDGER_RETENTION_DAYS", _at_least(60))),
    )


def capacity(environment: Mapping[str, str]) -> Capacity:
    """Read the maximum capacity of the application. Raises GiveUp: as `read`."""
    take = _Taker(environment)
    return Capacity(take("MAX_VCPU", _at_least(6)), take("MAX_MEMORY_GB", _at_least(16)))


def batching(environment: Mapping[str, str]) -> Batching:
    """Read when a batch is made, and how large. Raises GiveUp: as `read`, or the sizes contradict each other."""
    take = _Taker(environment)
    target, most = take("BATCH_TARGET", _at_least(1)), take("BATCH_MAX", _at_least(1))
    if most < target:
        raise GiveUp(f"BATCH_MAX is {most}, less than BATCH_TARGET, which is {target}", GiveUpCount.SETTINGS)
    wait, latency = (timedelta(minutes=take(name, _at_least(0))) for name in ("MAX_WAIT_MINUTES", "LATENCY_MINUTES"))
    full = full_work(prices(environment), FULL_START_SHARE)
    return Batching(target, most, wait, take("MAX_RUNS_IN_FLIGHT", _at_least(1)), latency, full)


def prices(environment: Mapping[str, str]) -> Prices:
    """Return what runs are charged in this Region, on this stack's architecture. Raises GiveUp: as `read`."""
    take = _Taker(environment)
    return packed().region(take("AWS_REGION", _eu_region)).on(take("ARCHITECTURE", str))


def budget(environment: Mapping[str, str]) -> Budget:
    """Read the month's budget. Raises GiveUp: as `read`."""
    take = _Taker(environment)
    rate = prices(environment).usd_per_euro
    return Budget(take("MONTHLY_BUDGET_EUR", _not_negative), take("BRAKE_AT", _at_least(1)), rate)


@dataclass(frozen=True, slots=True)
class _Taker:
    """Takes values from the environment, and raises GiveUp with the name of a variable that is missing or wrong."""

    environment: Mapping[str, str]

    def __call__(self, name: str, parse: Callable[[str], Value]) -> Value:
        if not self.environment.get(name):
            raise GiveUp(f"{name} is not set: template.yaml sets it for each function", GiveUpCount.SETTINGS)
        try:
            return parse(self.environment[name])
        except ValueError as error:
            raise GiveUp(f"{name} is {self.environment[name]!r}: {error}", GiveUpCount.SETTINGS) from error


def _at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if (value := int(text)) < least:
            raise ValueError(f"it must be at least {least}")
        return value

    return parse


def _not_negative(text: str) -> float:
    if not 0 <= (value := float(text)) < inf:
        raise ValueError("it must be 0 or more")
    return value


def _eu_region(text: str) -> str:
    if text not in EU_REGIONS:
        raise ValueError(f"photos of EU residents stay in the EU; deploy to one of {', '.join(sorted(EU_REGIONS))}")
    return text
