"""What a run, or one of its attempts, used and is billed. Pure."""

from collections.abc import Sequence

from .billing import Utilization, WorkerTime, billed, used
from .records import Attempt, Run


def bill(run: Run, attempts: Sequence[Attempt] | None = None) -> tuple[Utilization, Utilization]:
    """Return what was used and what is billed, over all attempts unless some are given.

    Every attempt begins with new workers, which live as long as its driver.
    """
    times = [
        WorkerTime(size, (attempt.ended_at - attempt.started_at).total_seconds())
        for attempt in (run.attempts if attempts is None else attempts)
        if attempt.started_at and attempt.ended_at
        for size in run.workers.sizes()
    ]
    return used(times), billed(times)
