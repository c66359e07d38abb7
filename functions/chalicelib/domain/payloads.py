"""What a trigger asks for: nothing, by schedule, or options, by hand. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.counts import GiveUpCount
from contracts.errors import GiveUp
from contracts.jobs.arguments import RefitArguments

Check = Callable[[Any], str | None]
"""Says what a value has to be; None if it is."""


@dataclass(frozen=True, slots=True)
class RefitOptions:
    """How to fit. The defaults are what a schedule asks for; anything else is a run, whatever was fitted before."""

    full: bool = False
    k: int | None = None
    standardize: bool = False

    @property
    def asked(self) -> bool:
        """Whether a person asks for a run of a kind of its own."""
        return self != RefitOptions()

    def arguments(self) -> tuple[str, ...]:
        """Return the flags of `spark_app/refit_job.py`, in a fixed order: the same options are the same token."""
        return tuple(RefitArguments(full=self.full, standardize=self.standardize, k=self.k).to_list())


@dataclass(frozen=True, slots=True)
class MaintainOptions:
    """`again`: even if it was done today."""

    again: bool = False


def wanted_redrive(payload: Any) -> str | None:
    """Read the payload of `submit`: None by schedule, and by hand the batch to redrive, or `all`.

    Members that a scheduler adds are passed over. Raises GiveUp: `submit_payload`.
    """
    wanted = payload.get("redrive") if isinstance(payload, dict) else None
    if wanted is not None and (not isinstance(wanted, str) or not wanted):
        raise GiveUp(f"redrive is {wanted!r}, and must be a batch's id or 'all'", GiveUpCount.SUBMIT_PAYLOAD)
    return wanted


def refit_options(payload: Any) -> RefitOptions:
    """Read the payload of `refit`. Raises GiveUp: `refit_payload`."""
    known = {"full": _boolean, "k": _count, "standardize": _boolean}
    return RefitOptions(**_members(GiveUpCount.REFIT_PAYLOAD, payload, known))


def maintain_options(payload: Any) -> MaintainOptions:
    """Read the payload of `maintain`. Raises GiveUp: `maintain_payload`."""
    return MaintainOptions(**_members(GiveUpCount.MAINTAIN_PAYLOAD, payload, {"again": _boolean}))


def _members(outcome: GiveUpCount, payload: Any, known: Mapping[str, Check]) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise GiveUp(f"it must be a JSON object, and is a {type(payload).__name__}", outcome)
    if unknown := sorted(set(payload) - set(known)):
        raise GiveUp(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}", outcome)
    for member, value in payload.items():
        if wrong := known[member](value):
            raise GiveUp(f"{member} is {value!r}, and must be {wrong}", outcome)
    return payload


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _count(value: Any) -> str | None:
    fits = value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1)
    return None if fits else "a whole number of components, 1 or more"
