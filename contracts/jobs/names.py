"""The names of job runs: what a run works on can be read from its name. Pure.

An event has only the id of a run; GetJobRun then gives its name. An extract run is named `<batch>/<attempt>`. Other
names begin with the kind: `refit/<snapshot>/<attempt>`, `maintain/<day>/<attempt>`. A batch's name is a time, so no
batch is named `refit`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a run does. Its entry point is `spark_app/<kind>_job.py`."""

    EXTRACT = "extract"
    REFIT = "refit"
    MAINTAIN = "maintain"
    REPAIR = "repair"
    """Started by a person; the ledger does not wait for it."""
    DOCTOR = "doctor"
    """Likewise."""


SCHEDULED = frozenset({Kind.REFIT, Kind.MAINTAIN})
"""Scheduled jobs: of each kind, at most one run at a time."""


@dataclass(frozen=True, slots=True)
class RunName:
    """One attempt at one subject: a batch, a snapshot, a day, or the second of its start (repair, doctor)."""

    kind: Kind
    subject: str
    attempt: int

    def __str__(self) -> str:
        prefix = "" if self.kind is Kind.EXTRACT else f"{self.kind}/"
        return f"{prefix}{self.subject}/{self.attempt}"


_NAMED = sorted(set(Kind) - {Kind.EXTRACT})
_NAME = re.compile(rf"(?:({'|'.join(_NAMED)})/)?([^/]+)/([0-9]{{1,6}})")


def read(name: str) -> RunName | None:
    """Read a run's name. Return None for a name that is not ours; never raise."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    kind, subject, attempt = found.groups()
    return RunName(Kind(kind or Kind.EXTRACT), subject, int(attempt))
