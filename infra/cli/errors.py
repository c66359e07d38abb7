"""An error raised on purpose is a message and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.panel import Panel

from spark_app.errors import PipelineError


@contextmanager
def shown_clearly() -> Iterator[None]:
    """Show a PipelineError in a red frame on standard error and exit with its code: 75 try again, 65 give up."""
    try:
        yield
    except PipelineError as error:
        Console(stderr=True).print(Panel(str(error), title="That did not work", border_style="red", title_align="left"))
        raise typer.Exit(error.exit_code) from error
