"""Hold new attempts while the runs of several batches fail: the cause is then not in any one batch. Pure.

Source of the idea: M. T. Nygard, "Release It!", "Circuit Breaker". While it is open, one run at a time may probe.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.attempts import WAITS

BATCHES = 2
"""The breaker opens when the runs of this many batches have failed since one last succeeded."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failed`: the first batches whose runs failed since one last succeeded. `revision` -1: never saved."""

    failed: tuple[str, ...] = ()
    probes: int = 0
    """Runs that failed while it was open."""
    probe_at: datetime | None = None
    """The next run may probe from then on."""
    revision: int = -1

    @property
    def open(self) -> bool:
        """Whether new attempts are held."""
        return len(self.failed) >= BATCHES

    def lets_start(self, in_flight: int, now: datetime) -> bool:
        """Return whether a run may start: always while closed; while open, one at a time and from `probe_at` on."""
        if not self.open:
            return True
        return in_flight == 0 and (self.probe_at is None or now >= self.probe_at)

    def after_failure(self, batch_id: str, now: datetime) -> "Breaker":
        """Return the breaker after a batch's run failed or its start was refused."""
        probes = self.probes + self.open
        failed = self.failed if self.open or batch_id in self.failed else (*self.failed, batch_id)
        probe_at = now + WAITS[min(probes, len(WAITS) - 1)]
        return replace(self, failed=failed, probes=probes, probe_at=probe_at, revision=self.revision + 1)

    def after_success(self) -> "Breaker":
        """Return the breaker after a run succeeded: closed."""
        return Breaker(revision=self.revision + 1)
