"""The live view of a pipeline: how many photos stand where, and what each job run does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from infra.local.pipeline import State

_STATES = ("WAITING", "CLAIMED", "DONE", "REJECTED", "QUARANTINED")


@contextmanager
def watched(console: Console) -> Iterator[Callable[[State], None]]:
    """Show states in place, one after the other; where there is no terminal, a line for each that differs."""
    last = ""
    with Live(console=console, refresh_per_second=4, transient=False) as live:

        def show(state: State) -> None:
            nonlocal last
            live.update(picture(state))
            if not console.is_terminal and (line := summary(state)) != last:
                live.console.print(line)
                last = line

        yield show


def summary(state: State) -> str:
    """Return the state as one line."""
    photos = ", ".join(f"{state.photos.get(name, 0):,} {name.lower()}" for name in _STATES if state.photos.get(name))
    return f"queue {state.queued:,}; photos: {photos or 'none'}; batches open: {len(state.open_batches)}"


def picture(state: State) -> RenderableType:
    """Draw the state: photos by state, rejections by code, batches with their runs."""
    photos = Table("messages", *(name.lower() for name in _STATES), title="photos")
    photos.add_row(f"{state.queued:,}", *(f"{state.photos.get(name, 0):,}" for name in _STATES))
    parts: list[RenderableType] = [photos]
    codes = {name.partition(" ")[2]: number for name, number in state.photos.items() if " " in name}
    if codes:
        rejected = Table("rejected as", "photos", title="rejections")
        for code, number in sorted(codes.items()):
            rejected.add_row(code, f"{number:,}")
        parts.append(rejected)
    if state.batches:
        parts.append(_batches(state))
    if state.dead:
        parts.append(f"[red]{state.dead:,} messages are in the dead-letter queue[/red]: nobody could read them")
    return Group(*parts)


def _batches(state: State) -> Table:
    table = Table("batch", "state", "photos", "attempt", "run", "run's state", "billed vCPU-h", title="batches")
    for batch in state.batches:
        first = (batch.batch_id, batch.state.value, f"{batch.photos:,}")
        if not batch.runs:
            table.add_row(*first)
        for run in batch.runs:
            table.add_row(*first, str(run.attempt), run.run_id, run.state, f"{run.billed.get('vCPUHour', 0):.3f}")
    return table
