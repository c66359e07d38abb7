"""An error raised on purpose is a message and an exit code, never a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.panel import Panel

from contracts.errors import PipelineError, RetryLater


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a PipelineError in a red frame on standard error and exit with its code: 75 try again, 65 give up.

    So is a cloud that no longer answers: it was stopped, or died, in the middle of a command.
    """
    try:
        yield
    except PipelineError as error:
        _show(str(error))
        raise typer.Exit(error.exit_code) from error
    except Exception as error:
        if not _is_silence(error):
            raise
        _show("the local cloud does not answer any more: `fruits local status` looks, `fruits local up` starts one")
        raise typer.Exit(RetryLater.exit_code) from error


def _show(message: str) -> None:
    Console(stderr=True).print(Panel(message, title="That did not work", border_style="red", title_align="left"))


def _is_silence(error: Exception) -> bool:
    botocore = sys.modules.get("botocore.exceptions")  # where it was never imported it raised nothing
    return botocore is not None and isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError))
