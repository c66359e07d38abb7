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


class Context:
    """What Lambda says of a call."""

    function_name = memory_limit_in_mb = "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-3:000000000000:function:collect"
    aws_request_id = "request-1"


class NoGauges:
    """Gauges of a stack in which nothing is measured."""

    def read(self, _month_cost_usd: float | None) -> Values:
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
    endings: Any = BUSY
    gauges: Any = field(default_factory=NoGauges)
    cost: float | None = None
    redrive: Any = BUSY
    scheduled_jobs: Any = BUSY

    def month_cost_usd(self) -> float | None:
        return self.cost
