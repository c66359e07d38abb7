"""`fruits demo`: the whole story on real photos, from upload to picture."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.errors import shown_clearly
from infra.cli.steps import shown_steps

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
    out: Annotated[Path, typer.Option(help="Where the pictures, the summary and the logs go.")] = Path("build/demo"),
) -> None:
    """Deploy the template to a local cloud, upload photos, and watch events turn them into rows.

    Example: fruits demo --photos my-photos --limit 0
    """
    from infra.cli.live import watched
    from infra.local import demo as story  # Spark, boto3 and plots: only for this command

    console = Console()
    with shown_clearly(), shown_steps(console) as steps:
        settings = story.Settings(artifact or story.DEFAULT_ARTIFACT, photos, limit, out)
        summary = story.run(settings, steps, lambda: steps.aside(watched(console)))
    _show(console, summary, out)


def _show(console: Console, summary: dict[str, Any], out: Path) -> None:
    table = Table("outcome", title=f"{summary['rows']:,} rows for {summary['uploads']:,} uploads")
    table.add_column("photos", justify="right")
    table.add_row("features", f"{summary['features']:,}")
    for code, count in summary["rejections"].items():
        table.add_row(f"rejected: {code}", f"{count:,}")
    table.add_row("lost", str(summary["lost"]))
    table.add_row("duplicated", str(summary["duplicated"]))
    console.print(table)
    waits = summary["seconds_upload_to_row"]
    if waits:
        console.print(
            f"From upload to row: half within {waits['p50']} s, 95 % within {waits['p95']} s; {len(summary['runs'])} "
            f"job runs for {summary['batches']} batches, {summary['events']:,} events"
        )
    console.print(
        f"{summary['images_per_second']} images/s in the runs, commit included: {summary['share_of_limit']:.0%} of "
        f"this machine's limit ({summary['limit_images_per_second']} images/s: decode and CNN alone, no Spark)"
    )
    console.print(f"Pictures: {out / 'neighbours.png'}, {out / 'timeline.png'}    Summary: {out / 'summary.json'}")
