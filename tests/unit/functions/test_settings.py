"""Settings stop a cold start when they are wrong, and say which variable it was."""

import pytest

from chalicelib.errors import RejectForever
from chalicelib.settings import read
from tests.infra.template_settings import complete_environment


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AWS_REGION", "eu-west-2", "stay in the EU"),
        ("AWS_REGION", "us-east-1", "eu-west-3"),
        ("AWS_REGION", "", "is not set"),
        ("LEDGER_TABLE", "", "LEDGER_TABLE is not set"),
        ("BATCH_TARGET", "many", "BATCH_TARGET is 'many'"),
        ("BATCH_TARGET", "0", "at least 1"),
        ("BATCH_MAX", "10", "less than BATCH_TARGET"),
        ("MAX_VCPU", "4", "at least 6"),
        ("LEDGER_RETENTION_DAYS", "28", "at least 60"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(RejectForever, match=says):
        read(complete_environment() | {name: value})
