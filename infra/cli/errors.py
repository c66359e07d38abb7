"""An error raised on purpose is a message and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.panel import Panel

from contracts.errors import PipelineError


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a PipelineError in a red frame on standard error and exit with its code: 75 try again, 65 give up."""
    try:
        yield
    except PipelineError as error:
        _show(str(error))
        raise typer.Exit(error.exit_code) from error


def _show(message: str) -> None:
    Console(stderr=True).print(Panel(message, title="That did not work", border_style="red", title_align="left"))
