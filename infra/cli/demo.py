"""`fruits demo`: the main job on real photos, from upload to picture."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.errors import shown_clearly

DEFAULT_LIMIT = 1500


def demo(
    photos: Annotated[
        Path | None,
        typer.Option(help="Folder of photos, one sub-folder a label. Default: shared data, else painted ones."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many photos, evenly over the labels; 0 takes all.")] = (
        DEFAULT_LIMIT
    ),
    artifact: Annotated[
        Path | None, typer.Option(help="Model artifact's folder. Default: efficientnet_lite0 at 224, exported once.")
    ] = None,
    engine: Annotated[str, typer.Option(help="litert, or keras: rebuild the network in each worker.")] = "litert",
    out: Annotated[Path, typer.Option(help="Where the picture, the summary and the job's log go.")] = Path(
        "build/demo"
    ),
) -> None:
    """Upload photos to a local S3, turn them into feature rows with a real spark-submit, and look at the result.

    Example: fruits demo --photos my-photos --limit 0
    """
    from infra.local import demo as story  # Spark, boto3 and plots: only for this command

    console = Console()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with shown_clearly(), Progress(*columns, console=console) as progress:
        summary = story.run(
            story.Settings(artifact or story.DEFAULT_ARTIFACT, photos, limit, engine, out), _Steps(progress)
        )
    _show(console, summary, out)


class _Steps:
    """Shows each step of the story as a line with its progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begin(self, description: str, total: int | None = None) -> None:
        """Start the next line; `total` None means that the length is unknown."""
        self._task = self._progress.add_task(description, total=total)

    def advance(self) -> None:
        """One more done."""
        self._progress.advance(self._task)

    def end(self) -> None:
        """Finish the line."""
        task = next(task for task in self._progress.tasks if task.id == self._task)
        total = task.total or 1
        self._progress.update(self._task, total=total, completed=total)


def _show(console: Console, summary: dict[str, object], out: Path) -> None:
    rejections = summary["rejections"]
    table = Table(title=f"{summary['rows']} rows in the table, one a photo")
    table.add_column("outcome")
    table.add_column("photos", justify="right")
    table.add_row("features", str(summary["features"]))
    if isinstance(rejections, dict):
        for code, count in rejections.items():
            table.add_row(f"rejected: {code}", str(count))
    console.print(table)
    share = summary["share_of_limit"]
    console.print(
        f"{summary['images_per_second']} images/s, commit included: {share:.0%} of this machine's limit "
        f"({summary['limit_images_per_second']} images/s: decode and CNN alone, no Spark)"
    )
    console.print(f"Picture: {out / 'neighbours.png'}    Summary: {out / 'summary.json'}")
