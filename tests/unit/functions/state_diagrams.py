"""The tables of states as Mermaid diagrams, as `docs/event-path.md` holds them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from chalicelib.domain.states import BATCH_MOVES, JOB_MOVES, PHOTO_MOVES

State = TypeVar("State", bound=StrEnum)


def as_mermaid() -> str:
    """Draw the tables."""
    drawn = (
        ("A photo", _drawn(PHOTO_MOVES)),
        ("A batch", _drawn(BATCH_MOVES)),
        ("A scheduled job (refit, maintain)", _drawn(JOB_MOVES)),
    )
    return "\n".join(f"{name}:\n\n{picture}" for name, picture in drawn)


def _drawn(moves: Mapping[State, frozenset[State]]) -> str:
    arrows = [f"  {one} --> {other}" for one in moves for other in sorted(moves[one])]
    ends = [f"  {state} --> [*]" for state in moves if not moves[state]]
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {next(iter(moves))}", *arrows, *ends, "```", ""]
    return "\n".join(lines)
