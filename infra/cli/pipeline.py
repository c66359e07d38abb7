"""`fruits upload` and `fruits status`: use a deployed stack, and look at it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.cli.errors import shown_clearly
from infra.cli.state import STATE_DIR, StateDir, open_pipeline


def upload(
    folder: Annotated[Path, typer.Argument(help="Folder of photos, one sub-folder a label.")],
    limit: Annotated[int, typer.Option(min=0, help="At most so many photos, evenly over the labels; 0 takes all.")] = 0,
    wait: Annotated[bool, typer.Option(help="Watch until each of them has its row.")] = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Upload photos to the stack in the local cloud, one by one, as the app would. Events do the rest.

    Example: fruits upload my-photos --wait
    """
    from infra.cli.live import watched
    from infra.cli.steps import shown_steps
    from infra.demo import photo_source
    from infra.demo import story as demo

    console = Console()
    with shown_clearly():
        pipeline = open_pipeline(state_dir)
        before = pipeline.state()
        with shown_steps(console) as steps:
            files = photo_source.chosen(photo_source.photo_folder(folder, steps), limit)
            steps.begin(f"Uploading {len(files)} photos", len(files))
            try:
                demo.upload(pipeline, files, lambda _: steps.advance())
            except KeyboardInterrupt:
                console.print("What has arrived becomes rows all the same: [bold]fruits status --watch[/bold]")
                raise
            steps.end()
        if wait:
            with watched(console) as shown:
                pipeline.wait(before.registered + before.queued + len(files), shown)
        else:
            console.print("Now events do the rest: [bold]fruits status --watch[/bold]")


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until nothing is left to do, or Ctrl-C.")] = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show where photos, batches and job runs stand in the local cloud's stack.

    Example: fruits status --watch
    """
    from infra.cli.live import picture, watched

    console = Console()
    with shown_clearly():
        pipeline = open_pipeline(state_dir)
        if not watch:
            console.print(picture(pipeline.state()))
            return
        with watched(console) as shown:
            state = pipeline.state()
            pipeline.wait(state.registered + state.queued, shown, jobs=True)


def redrive(
    batch: Annotated[str | None, typer.Option(help="Only this batch. Default: all in quarantine.")] = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Send batches in quarantine on their way again, with all their attempts before them.

    First see why they failed (fruits status names the reason, fruits local logs RUN what a run said), and mend that. No
    photo gets a second row by it: a batch goes under its own name, and replaces what an earlier run of it wrote.

    Example: fruits redrive --batch 20261124T080000-0a1b2c3d
    """

    console = Console()
    with shown_clearly():
        counts = open_pipeline(state_dir).redrive(batch)
        batches, photos = counts.get("batches_redriven", 0), counts.get("photos_redriven", 0)
        if not batches:
            console.print("Nothing is in quarantine.")
            return
        console.print(f"{batches:,} batches with {photos:,} photos go on: [bold]fruits status --watch[/bold]")
