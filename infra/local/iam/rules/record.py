"""What was decided: which statements of a role allow which calls. Pure but for its own memory."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Decision:
    """Calls that were decided alike: the role, the action, and the statements of the role that allow it, by their Sid.

    A call that no statement allows was refused. No resource: it may be the key of a photo.
    """

    role: str
    action: str
    allowed_by: tuple[str, ...]


class Record:
    """Counts decisions. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Decision] = Counter()

    def add(self, role: str, action: str, allowed_by: Iterable[str]) -> None:
        """Count a decision."""
        with self._lock:
            self._counts[Decision(role, action, tuple(sorted(set(allowed_by))))] += 1

    def to_list(self) -> list[dict[str, Any]]:
        """Return the decisions with their numbers, in a fixed order."""
        with self._lock:
            found = sorted(self._counts.items(), key=lambda item: (item[0].role, item[0].action, item[0].allowed_by))
        return [
            {"role": one.role, "action": one.action, "allowed_by": list(one.allowed_by), "calls": calls}
            for one, calls in found
        ]


def role_of(principal_arn: str) -> str | None:
    """Return the role's name of an assumed role's ARN; None for anybody else."""
    _, found, rest = principal_arn.partition(":assumed-role/")
    return rest.split("/")[0] if found else None


def denial(action: str, principal: str, resource: str, explicit: bool) -> str:
    """Return the words in which AWS refuses a call.

    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    why = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"
