"""Settings stop a cold start when they are wrong, and say which variable it was."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.settings import batching, capacity, common, read
from contracts.errors import GiveUp
from infra.deployment.template_settings import complete_environment

Read = Callable[[Mapping[str, str]], Any]


@pytest.mark.parametrize(
    ("part", "name", "value", "says"),
    [
        (read, "AWS_REGION", "eu-west-2", "stay in the EU"),
        (common, "AWS_REGION", "eu-west-2", "stay in the EU"),
        (read, "AWS_REGION", "us-east-1", "eu-west-3"),
        (read, "AWS_REGION", "", "is not set"),
        (read, "LEDGER_TABLE", "", "LEDGER_TABLE is not set"),
        (common, "LEDGER_TABLE", "", "LEDGER_TABLE is not set"),
        (common, "STAGE", "", "STAGE is not set"),
        (read, "CODE_VERSION", "", "CODE_VERSION is not set"),
        (read, "CODE_VERSION", "latest", "64 hex digits"),
        (read, "ENVIRONMENT_VERSION", "0" * 63, "64 hex digits"),
        (read, "ARTIFACT_VERSION", "", "ARTIFACT_VERSION is not set"),
        (read, "RELEASE_LABEL", "emr-7.13.0", "emr-7.14.0 or emr-spark-8.1.0"),
        (batching, "BATCH_TARGET", "many", "BATCH_TARGET is 'many'"),
        (batching, "BATCH_TARGET", "0", "at least 1"),
        (batching, "BATCH_MAX", "10", "less than BATCH_TARGET"),
        (capacity, "MAX_VCPU", "4", "at least 6"),
        (read, "LEDGER_RETENTION_DAYS", "28", "at least 60"),
        (common, "LEDGER_RETENTION_DAYS", "28", "at least 60"),
    ],
)
def test_a_wrong_setting_is_named(part: Read, name: str, value: str, says: str) -> None:
    with pytest.raises(GiveUp, match=says):
        part(complete_environment() | {name: value})


def test_collect_goes_on_whatever_is_wrong_with_what_it_does_not_need() -> None:
    needed = {"AWS_REGION", "STAGE", "PHOTOS_BUCKET", "PHOTOS_PREFIX", "LEDGER_TABLE", "LEDGER_RETENTION_DAYS"}
    broken = {name: value if name in needed else "" for name, value in complete_environment().items()}

    assert common(broken | {"BATCH_TARGET": "9", "BATCH_MAX": "1"}) == common(complete_environment())
    with pytest.raises(GiveUp):
        read(broken)
