"""The result of a trigger: a plan, or the reason why no run is needed. Pure."""

from dataclasses import dataclass
from enum import StrEnum

ATTEMPTS = 3
"""How often a scheduled job tries one subject. Then it waits for another subject, or for a person."""


class TriggerOutcome(StrEnum):
    """The outcome of a trigger. Each is counted after the job's name: `refit_started`."""

    STARTED = "started"
    STARTED_AGAIN = "started_again"
    """An earlier start whose reply was lost was repeated, under its own token."""
    # No run; nothing is wrong.
    RUNNING = "running"
    """A run of this job is at work already."""
    OVERTAKEN = "overtaken"
    """Another trigger at the same moment came first."""
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
    """What a scheduled job's run works on. `rows` decides its size; `arguments` are those that differ between runs."""

    subject: str
    """The snapshot that wrote the rows, or the day."""
    rows: int
    arguments: tuple[str, ...] = ()
