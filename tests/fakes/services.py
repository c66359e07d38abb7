"""What the handlers act through, in tests: fakes where a test gives one, and elsewhere parts that do not answer."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain.metrics import Values
from contracts.errors import RetryLater
from tests.fakes.functions import FakeClock
from tests.fakes.messages import LOCATION


class Busy:
    """A part of which nothing answers now."""

    def __getattr__(self, name: str) -> Any:
        raise RetryLater("dynamodb: ThrottlingException")


BUSY: Any = Busy()


@dataclass(frozen=True)
class Unlimited:
    """A budget that nothing is held by. `usd`: what the month has cost so far."""

    usd: float = 0.0

    def applied(self, submitter: Any, _now: Any) -> Any:
        return submitter

    def ask_for_bills(self, _now: Any) -> None:
        pass

    def month_usd(self, _now: Any) -> float:
        return self.usd


UNLIMITED = Unlimited()


class Context:
    """What Lambda says of a call."""

    function_name = memory_limit_in_mb = "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-3:000000000000:function:collect"
    aws_request_id = "request-1"


class NoGauges:
    """Gauges of a stack in which nothing is measured."""

    def read(self, _month_cost_usd: float, _seen: Any = None) -> Values:
        return {}


@dataclass(frozen=True)
class FakeServices:
    """See `handlers.Services`."""

    stage: str = "staging"
    clock: FakeClock = field(default_factory=FakeClock)
    upload_location: Any = LOCATION
    ledger: Any = BUSY
    lake: Any = BUSY
    runner: Any = BUSY
    submitter: Any = BUSY
    budgeting: Any = UNLIMITED
    endings: Any = BUSY
    gauges: Any = field(default_factory=NoGauges)
    redrive: Any = BUSY
    scheduled_jobs: Any = BUSY
