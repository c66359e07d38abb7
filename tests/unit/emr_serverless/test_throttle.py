import pytest

from infra.local.emr_serverless.api.throttle import Throttle
from infra.local.emr_serverless.rules.errors import ThrottledError


def admitted(throttle: Throttle, calls: int, now: float, operation: str = "StartJobRun", owner: str = "a") -> int:
    count = 0
    for _ in range(calls):
        try:
            throttle.admit(owner, operation, now)
            count += 1
        except ThrottledError:
            pass
    return count


def test_after_the_burst_one_call_a_second_is_admitted() -> None:
    throttle = Throttle()
    assert admitted(throttle, 30, 0.0) == 25
    assert admitted(throttle, 30, 1.0) == 1
    assert admitted(throttle, 30, 4.0) == 3
    assert admitted(throttle, 30, 1000.0) == 25


def test_reading_is_ten_times_quicker_and_owners_do_not_share() -> None:
    throttle = Throttle()
    assert admitted(throttle, 60, 0.0, "GetJobRun") == 50
    assert admitted(throttle, 60, 1.0, "GetJobRun") == 10
    assert admitted(throttle, 60, 0.0, "GetJobRun", owner="b") == 50


def test_what_has_no_published_rate_is_never_throttled() -> None:
    assert admitted(Throttle(), 999, 0.0, "TagResource") == 999


def test_a_refusal_is_the_throttling_exception() -> None:
    throttle = Throttle()
    admitted(throttle, 25, 0.0)
    with pytest.raises(ThrottledError, match="Rate exceeded"):
        throttle.admit("a", "StartJobRun", 0.0)
