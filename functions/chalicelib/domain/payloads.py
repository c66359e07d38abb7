"""Read the payloads of the functions: empty from a schedule, with options by hand. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.counts import GiveUpCount
from contracts.errors import GiveUp
from contracts.jobs.arguments import RefitArguments

Check = Callable[[Any], str | None]
"""Returns what a value must be; None if the value is right."""


@dataclass(frozen=True, slots=True)
class RefitOptions:
    """How to fit. The defaults are the schedule's; with any other option a run starts, whatever was fitted before."""

    full: bool = False
    k: int | None = None
    standardize: bool = False
    look: bool = False
    """Measure how far the model is behind, and start nothing."""

    @property
    def asked(self) -> bool:
        """Whether a person asked for something else than the schedule does."""
        return self != RefitOptions()

    def arguments(self) -> tuple[str, ...]:
        """Return the flags of `spark_app/refit_job.py`, in a fixed order: the same options give the same token."""
        return tuple(RefitArguments(full=self.full, standardize=self.standardize, k=self.k).to_list())


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """What `submit` is asked for by hand. The defaults are the schedule's."""

    redrive: str | None = None
    """A batch's id, or `all`: send it on its way again."""
    now: bool = False
    """Make a batch of whatever waits."""


@dataclass(frozen=True, slots=True)
class MaintainOptions:
    """`again`: maintain even if it was done today."""

    again: bool = False


def submit_options(payload: Any) -> SubmitOptions:
    """Return the options in the payload of `submit`. Members that a scheduler adds are ignored.

    Raises:
        GiveUp: `submit_payload`: the member `redrive` is no text, or empty; `now` is not true or false.
    """
    members = payload if isinstance(payload, dict) else {}
    redrive, now = members.get("redrive"), members.get("now", False)
    if redrive is not None and (not isinstance(redrive, str) or not redrive):
        raise GiveUp(f"redrive is {redrive!r}, and must be a batch's id or 'all'", GiveUpCount.SUBMIT_PAYLOAD)
    if wrong := _boolean(now):
        raise GiveUp(f"now is {now!r}, and must be {wrong}", GiveUpCount.SUBMIT_PAYLOAD)
    return SubmitOptions(redrive, now)


def refit_options(payload: Any) -> RefitOptions:
    """Return the options in the payload of `refit`. Raises GiveUp: `refit_payload`."""
    known = {"full": _boolean, "k": _count, "standardize": _boolean, "look": _boolean}
    return RefitOptions(**_members(GiveUpCount.REFIT_PAYLOAD, payload, known))


def maintain_options(payload: Any) -> MaintainOptions:
    """Return the options in the payload of `maintain`. Raises GiveUp: `maintain_payload`."""
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
