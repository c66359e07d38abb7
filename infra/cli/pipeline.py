"""`fruits upload`, `fruits redrive`: use a deployed stack."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

_DEAD_LETTERS = 100_000
"""At most so many are moved by one command."""


@takes_stack_options
def upload(
    where: StackOptions,
    folder: Annotated[Path, typer.Argument(help="Folder of photos, one sub-folder a label.")],
    limit: Annotated[int, typer.Option(min=0, help="At most so many photos, evenly over the labels; 0 takes all.")] = 0,
    wait: Annotated[bool, typer.Option(help="Watch until each of them has its row.")] = False,
) -> None:
    """Upload photos to a deployed stack, one by one, as the app would. Events do the rest.

    Example: fruits upload my-photos --wait
    """
    from infra.cli.live import show_states
    from infra.cli.steps import show_steps
    from infra.demo import photo_source
    from infra.demo import story as demo
    from infra.ops import own_photos

    console = Console()
    with show_errors():
        pipeline = where.open_pipeline()
        with show_steps(console) as steps:
            files = photo_source.chosen(photo_source.photo_folder(folder), limit)
            steps.begin(f"Uploading {len(files)} photos", len(files))
            try:
                uploaded = demo.upload(pipeline, files, lambda _: steps.advance())
            except KeyboardInterrupt:
                console.print(f"What has arrived becomes rows all the same: {_watch(where)}")
                raise
            steps.end()
        if wait:
            with show_states(console) as shown:
                own_photos.wait_for_rows(pipeline, uploaded, shown)
        else:
            console.print(f"Now events do the rest: {_watch(where)}")


@takes_stack_options
def redrive(
    where: StackOptions,
    batch: Annotated[str | None, typer.Option(help="Only this batch. Default: all in quarantine.")] = None,
    dead_letters: Annotated[
        bool, typer.Option("--dead-letters", help="Not batches: the messages of the dead-letter queue.")
    ] = False,
) -> None:
    """Send batches in quarantine on their way again, with all their attempts anew; or dead letters that can be read.

    First see why they failed (fruits status names the reason, fruits logs RUN shows what a run printed), and mend
    that. No photo gets a second row: a batch keeps its name, and replaces what an earlier run of it wrote.

    Example: fruits redrive --batch 20261124T080000-0a1b2c3d
    """
    from chalicelib.domain.counts import RedriveCount

    console = Console()
    with show_errors():
        if dead_letters:
            _redrive_dead_letters(console, where, batch)
            return
        counts = where.open_pipeline().redrive(batch)
        batches, photos = (counts.get(str(name), 0) for name in RedriveCount)
        if not batches:
            console.print("Nothing is in quarantine.")
            return
        console.print(f"{batches:,} batches with {photos:,} photos go on: {_watch(where)}")


def _redrive_dead_letters(console: Console, where: StackOptions, batch: str | None) -> None:
    from contracts.errors import GiveUp
    from infra.ops.dead_letters import of_stack

    if batch:
        raise GiveUp("a dead letter is of no batch yet: give --batch or --dead-letters")
    counts = of_stack(where.open_pipeline()).move_readable(_DEAD_LETTERS)
    moved = counts.pop("moved", 0)
    console.print(
        f"{moved:,} messages are in the queue again: {_watch(where)}" if moved else "No dead letter can be read."
    )
    if counts:
        stay = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items())
        console.print(f"Nobody can read these, and they stay: {stay}. [bold]fruits dead-letters{where.words}[/bold]")


def _watch(where: StackOptions) -> str:
    return f"[bold]fruits status --watch{where.words}[/bold]"
