"""Who shows the steps of a build."""

from typing import Protocol


class Steps(Protocol):
    """Shows one step after the other."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Start a step; `total` None means that its length is unknown."""

    def end(self) -> None:
        """Finish the step."""


class SilentSteps:
    """Shows nothing."""

    def begin(self, description: str, total: int | None = None) -> None:
        """Start a step."""

    def end(self) -> None:
        """Finish the step."""
