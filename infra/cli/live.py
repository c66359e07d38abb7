"""The live views: how many photos are in which state, and how job runs proceed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table

from chalicelib.domain.records import Batch, ScheduledJob
from chalicelib.domain.states import OPEN, BatchState, JobState
from infra.cli.steps import ShownSteps
from infra.ops.stack_state import RunTimes, StackState

Seen = TypeVar("Seen")

_LATEST = 20
"""A stack makes hundreds of batches a month: of those that are done the latest are shown."""
_STATES = ("WAITING", "CLAIMED", "DONE", "REJECTED", "QUARANTINED")


@dataclass(frozen=True, slots=True)
class StoryViews:
    """The live views of the demo. While one is open, it stands in place of the steps."""

    console: Console
    steps: ShownSteps

    def of_photos(self) -> AbstractContextManager[Callable[[StackState], None]]:
        """Open the view of photos and batches."""
        return self.steps.aside(show_states(self.console))

    def of_run(self) -> AbstractContextManager[Callable[[RunTimes], None]]:
        """Open the view of one job run."""
        return self.steps.aside(show_run(self.console))


def show_states(console: Console) -> AbstractContextManager[Callable[[StackState], None]]:
    """Show one state after the other in one place; without a terminal, print a line whenever it changes."""
    return show_live(console, picture, summary)


def show_run(console: Console) -> AbstractContextManager[Callable[[RunTimes], None]]:
    """Show a run's states, as `show_states` does."""
    return show_live(console, run_picture, lambda run: f"{run.kind} run {run.run_id}: {run.state.lower()}")


@contextmanager
def show_live(
    console: Console, draw: Callable[[Seen], RenderableType], line: Callable[[Seen], str]
) -> Iterator[Callable[[Seen], None]]:
    """Show what was seen in one place as `draw` has it; without a terminal, print `line` whenever it changes."""
    last = ""
    with Live(console=console, refresh_per_second=4, transient=False) as live:

        def show(seen: Seen) -> None:
            nonlocal last
            live.update(draw(seen))
            if not console.is_terminal and (text := line(seen)) != last:
                live.console.print(text)
                last = text

        yield show
    if not console.is_terminal:
        console.line()  # a terminal has one already


def summary(state: StackState) -> str:
    """Return the state as one line."""
    photos = ", ".join(f"{state.photos.get(name, 0):,} {name.lower()}" for name in _STATES if state.photos.get(name))
    return f"queue {state.queued:,}; photos: {photos or 'none'}; batches open: {len(state.open_batches)}"


def picture(state: StackState) -> RenderableType:
    """Return the state as tables, and what of it needs a person."""
    parts = [states(state)]
    if any(batch.state is BatchState.QUARANTINED for batch in state.batches):
        parts.append(
            "[red]batches are in quarantine[/red]: see why they failed, mend it, then [bold]fruits redrive[/bold]"
        )
    if state.dead:
        parts.append(
            f"[red]{state.dead:,} messages are in the dead-letter queue[/red]: [bold]fruits dead-letters[/bold]"
        )
    return Group(*parts)


def states(state: StackState) -> RenderableType:
    """Return the state as tables: photos by state, rejections by code, batches with their runs."""
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
    if state.jobs:
        parts.append(_jobs(state.jobs))
    return Group(*parts)


def shown_batches(batches: Sequence[Batch]) -> list[Batch]:
    """Return the latest batches, and of the earlier ones those that somebody waits for. Oldest first, as given."""
    latest = len(batches) - _LATEST
    waits = OPEN | {BatchState.QUARANTINED}
    return [batch for number, batch in enumerate(batches) if number >= latest or batch.state in waits]


def _batches(state: StackState) -> Table:
    facts = ("state", "photos", "why it waits", "attempt", _id("run"), "run's state", "billed vCPU-h")
    shown = shown_batches(state.batches)
    left_out = len(state.batches) - len(shown)
    caption = f"and {left_out:,} earlier ones" if left_out else None
    table = Table(_id("batch"), *facts, title="batches", caption=caption)
    for batch in shown:
        first = (batch.batch_id, batch.state.value, f"{batch.photos:,}", batch.reason)
        if not batch.runs:
            table.add_row(*first)
        for run in batch.runs:
            table.add_row(*first, str(run.attempt), run.run_id, run.state, vcpu_hours(run.billed))
    return table


def run_picture(run: RunTimes) -> RenderableType:
    """Return a run as a table: its state and, once it is over, how long it took and what it cost."""
    table = Table(_id("run"), "state", "seconds", "billed vCPU-h", title=run.kind.value)
    seconds = "" if run.seconds is None else f"{run.seconds:,}"
    table.add_row(run.run_id, run.state, seconds, vcpu_hours(run.billed))
    return table


def vcpu_hours(billed: Mapping[str, float] | None) -> str:
    """Return the vCPU-hours billed to a run; empty while they are unknown."""
    return f"{billed.get('vCPUHour', 0):.3f}" if billed else ""


def moment(when: datetime | None) -> str:
    """Return a time of UTC, short enough for a table: `28 Nov 09:23`."""
    return "" if when is None else f"{when:%d %b %H:%M}"


def _jobs(jobs: Sequence[ScheduledJob]) -> Table:
    facts = (_id("of snapshot or day"), "runs so far", _id("latest run"), "run's state", "billed vCPU-h")
    table = Table("job", "state", *facts, title="refit and maintenance")
    for job in jobs:
        first = (job.kind.value, job.state.value, job.plan.subject, str(job.attempt))
        last = [] if job.run is None else [job.run.run_id]
        if job.run is not None and job.state is not JobState.RUNNING:  # till then the ledger knows only the request
            last += [job.run.state, vcpu_hours(job.run.billed)]
        table.add_row(*first, *last)
    return table


def _id(name: str) -> Column:
    """Return a column for what people copy into the next command: folded in a narrow terminal, never cut off."""
    return Column(name, overflow="fold")
