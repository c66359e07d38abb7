"""What CloudFormation says of a stack, and what a deployment may do then. Pure."""

from enum import StrEnum

_SETTLED = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
_NEVER_MADE = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})


class Standing(StrEnum):
    """What may be done with a stack."""

    ABSENT = "absent"
    """It can be created."""
    DEPLOYED = "deployed"
    """It can be updated."""
    NEVER_MADE = "never made"
    """Its creation failed, or was never begun. CloudFormation updates no such stack: it has to be deleted first."""
    BUSY = "busy"
    """Somebody is at work on it."""
    STUCK = "stuck"
    """A deletion or a rollback failed: a person has to look."""


def standing(status: str | None) -> Standing:
    """Return what may be done with a stack of this status; None: there is no such stack."""
    if status is None or status == "DELETE_COMPLETE":
        return Standing.ABSENT
    if status in _SETTLED:
        return Standing.DEPLOYED
    if status in _NEVER_MADE:
        return Standing.NEVER_MADE
    return Standing.BUSY if status.endswith("_IN_PROGRESS") else Standing.STUCK
