"""A command's steps as lines with their progress."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Inner = TypeVar("Inner")


class ShownSteps:
    """Shows each step as a line with its progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begin(self, description: str, total: int | None = None) -> None:
        """Start the next line; `total` None means that the length is unknown."""
        self._task = self._progress.add_task(description, total=total)

    def advance(self) -> None:
        """Count one more part as done."""
        self._progress.advance(self._task)

    def end(self) -> None:
        """Finish the line."""
        task = next(task for task in self._progress.tasks if task.id == self._task)
        total = task.total or 1
        self._progress.update(self._task, total=total, completed=total)

    @contextmanager
    def aside(self, view: AbstractContextManager[Inner]) -> Iterator[Inner]:
        """Open another live view in place of the steps: a terminal shows one at a time."""
        self._progress.stop()
        try:
            with view as inner:
                yield inner
        finally:
            for task in self._progress.tasks:  # what is finished stands above already
                self._progress.update(task.id, visible=False)
            self._progress.start()


@contextmanager
def show_steps(console: Console) -> Iterator[ShownSteps]:
    """Show steps for the length of a `with`."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield ShownSteps(progress)
