"""What a trigger of a scheduled job comes to: a plan for a run, or the name of why there is none. Pure."""

from dataclasses import dataclass
from enum import StrEnum

ATTEMPTS = 3
"""How often a scheduled job is tried at one subject before it waits for another one, or for a person."""


class TriggerOutcome(StrEnum):
    """What a trigger came to; each is counted under this name, after the job's: `refit_started`."""

    STARTED = "started"
    STARTED_AGAIN = "started_again"
    """An earlier trigger's start, whose reply nobody has: asked for again under its own token."""
    # No run; nothing is wrong.
    RUNNING = "running"
    """A run of this job is at work."""
    OVERTAKEN = "overtaken"
    """Another trigger of the same moment was faster."""
    NO_TABLE = "no_table"
    NO_ROWS = "no_rows"
    NOTHING_CHANGED = "nothing_changed"
    """The latest model has seen every row."""
    DONE_ALREADY = "done_already"
    """A run has succeeded at this subject."""
    # No run; somebody should look.
    GIVEN_UP = "given_up"
    """All attempts at this subject failed."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run of a scheduled job is to work on. `rows` sizes it; `arguments` are those that differ between runs."""

    subject: str
    """The snapshot that wrote the rows, or the day."""
    rows: int
    arguments: tuple[str, ...] = ()
