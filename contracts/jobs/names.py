"""How a job run is named, and what its name leads back to. Pure.

An event tells a run's id only, and GetJobRun its name. `<batch>/<attempt>` is an extract run; any other says which it
is: `refit/<snapshot>/<attempt>`, `maintain/<day>/<attempt>`. A batch is named by a time, so none is `refit`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a run does: its front door is `spark_app/<kind>_job.py`."""

    EXTRACT = "extract"
    REFIT = "refit"
    MAINTAIN = "maintain"
    REPAIR = "repair"
    """A person starts it; no ledger waits for it."""


STANDING = frozenset({Kind.REFIT, Kind.MAINTAIN})
"""Jobs of which at most one runs at a time, whatever it works on."""


@dataclass(frozen=True, slots=True)
class RunName:
    """One attempt at one thing. `subject`: a batch, a snapshot, a day or a moment."""

    kind: Kind
    subject: str
    attempt: int

    def __str__(self) -> str:
        prefix = "" if self.kind is Kind.EXTRACT else f"{self.kind}/"
        return f"{prefix}{self.subject}/{self.attempt}"


_NAMED = sorted(set(Kind) - {Kind.EXTRACT})
_NAME = re.compile(rf"(?:({'|'.join(_NAMED)})/)?([^/]+)/([0-9]{{1,6}})")


def read(name: str) -> RunName | None:
    """Read a run's name; None for one that is not ours. Never raises."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    kind, subject, attempt = found.groups()
    return RunName(Kind(kind or Kind.EXTRACT), subject, int(attempt))
