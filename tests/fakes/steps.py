"""Steps that are remembered instead of shown."""


class Recorded:
    """The descriptions of all steps, and how many parts were finished."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.advanced = 0
        self.ended = 0

    def begin(self, description: str, total: int | None = None) -> None:  # noqa: ARG002
        self.begun.append(description)

    def advance(self) -> None:
        self.advanced += 1

    def end(self) -> None:
        self.ended += 1
