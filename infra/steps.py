"""Where long work reports how far it is."""

from typing import Protocol


class Steps(Protocol):
    """The steps of long work, one at a time."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Start a step of `total` parts; None: of unknown length."""

    def advance(self) -> None:
        """Finish one part of the step."""

    def end(self) -> None:
        """Finish the step."""


class SilentSteps:
    """Steps that nobody watches."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
