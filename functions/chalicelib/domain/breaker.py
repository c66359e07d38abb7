"""Hold new attempts while the runs of several batches fail: then the cause is none of them. Pure.

Source of the idea: M. T. Nygard, "Release It!", "Circuit Breaker". Open, one run at a time may probe.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.attempts import WAITS

BATCHES = 2
"""So many batches, whose runs failed since one last succeeded, open it. A single bad batch does not."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failed`: the first batches whose runs failed since one last succeeded. `revision`: -1 was never kept."""

    failed: tuple[str, ...] = ()
    probes: int = 0
    """Runs that failed while it was open."""
    probe_at: datetime | None = None
    """Not before then may the next run probe."""
    revision: int = -1

    @property
    def open(self) -> bool:
        """Whether new attempts are held."""
        return len(self.failed) >= BATCHES

    def lets_start(self, in_flight: int, now: datetime) -> bool:
        """Say whether a run may start: any one while it is closed, one at a time and not too soon while it is open."""
        if not self.open:
            return True
        return in_flight == 0 and (self.probe_at is None or now >= self.probe_at)

    def after_failure(self, batch_id: str, now: datetime) -> "Breaker":
        """Return it as it is once a batch's run failed or its start was refused."""
        probes = self.probes + self.open
        failed = self.failed if self.open or batch_id in self.failed else (*self.failed, batch_id)
        probe_at = now + WAITS[min(probes, len(WAITS) - 1)]
        return replace(self, failed=failed, probes=probes, probe_at=probe_at, revision=self.revision + 1)

    def after_success(self) -> "Breaker":
        """Return it closed."""
        return Breaker(revision=self.revision + 1)
