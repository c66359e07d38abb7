"""Run another program: its output goes to a log, of which the end is shown when it fails."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.errors import GiveUp

_LINES = 25


def run(
    name: str, command: Sequence[str | Path], log: Path, environ: Mapping[str, str], cwd: Path | None = None
) -> str:
    """Run a command to its end, and return what it printed, errors among it.

    Raises:
        GiveUp: it failed, or is not on this machine.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("w") as out:
            ended = subprocess.run(  # noqa: S603  our own recipes, and tools by name
                command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ, cwd=cwd
            )
    except OSError as error:
        raise GiveUp(f"{name}: {command[0]} cannot be started: {error}") from error
    said = log.read_text(errors="replace")
    if ended.returncode:
        end = "\n".join(said.splitlines()[-_LINES:])
        raise GiveUp(f"{name} failed with code {ended.returncode}. The end of its log:\n{end}\nAll of it: {log}")
    return said
