"""What the handlers act through, in tests: fakes where a test gives one, and elsewhere parts that do not answer."""

from dataclasses import dataclass, field
from typing import Any

from contracts.errors import RetryLater
from tests.fakes.functions import FakeClock
from tests.fakes.messages import LOCATION


class Busy:
    """A part of which nothing answers now."""

    def __getattr__(self, name: str) -> Any:
        raise RetryLater("dynamodb: ThrottlingException")


BUSY: Any = Busy()


class Unlimited:
    """A budget that nothing is held by."""

    def applied(self, submitter: Any, _now: Any) -> Any:
        return submitter

    def ask_for_bills(self, _now: Any) -> None:
        pass


UNLIMITED = Unlimited()


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
    redrive: Any = BUSY
    scheduled_jobs: Any = BUSY
