"""Token buckets, one for each operation. Pure: the time is handed in.

Source: EMR Serverless User Guide, "Endpoints and quotas": calls per second and burst, per account and Region.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..rules.errors import ThrottledError


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls per second, and how many at once after a pause."""

    per_second: float
    burst: int


_SLOW, _QUICK = Rate(1, 25), Rate(10, 50)
RATES: Mapping[str, Rate] = {
    **dict.fromkeys(("StartJobRun", "ListJobRuns", "CancelJobRun", "StartApplication", "StopApplication"), _SLOW),
    **dict.fromkeys(("CreateApplication", "UpdateApplication", "DeleteApplication"), _SLOW),
    **dict.fromkeys(("GetJobRun", "GetApplication", "ListApplications"), _QUICK),
}


@dataclass(slots=True)
class Throttle:
    """The tokens left in each bucket, and at which time (seconds of a monotonic clock)."""

    left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def admit(self, owner: str, operation: str, now: float) -> None:
        """Count one call. Raises ThrottledError for one too many."""
        rate = RATES.get(operation)
        if rate is None:
            return
        tokens, since = self.left.get((owner, operation), (float(rate.burst), now))
        tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
        self.left[owner, operation] = (tokens - 1 if tokens >= 1 else tokens, now)
        if tokens < 1:
            raise ThrottledError("Rate exceeded")
