"""`fruits demo`: real photos from upload to pictures of the model, in a local cloud."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from contracts import models
from infra.cli.costs_views import bill_table
from infra.cli.errors import show_errors
from infra.cli.model_views import show_refits, show_suggestions
from infra.cli.steps import show_steps
from spark_app.network.backbones import artifact_name

DEFAULT_LIMIT = 1500

_FILES = {
    "timeline.png": "uploads, rows and job runs over time",
    "neighbours.png": "photos beside their nearest in feature space",
    "suggestions.png": "new photos beside what the model suggested",
    **models.PICTURES,
    "matrix.csv": "the reduced matrix: photo_id, label, pc_1 …; as Parquet in matrix/",
    "summary.json": "all these figures",
}
_STAYS_UP = (
    "The stack stays up: [bold]fruits status[/bold], [bold]fruits upload DIR --wait[/bold], "
    "[bold]fruits refit[/bold], and in the end [bold]fruits local down[/bold]"
)


_Photos = Annotated[
    Path | None,
    typer.Option(help="Folder of photos, one sub-folder a label. Default: ../shared/data, else the carried ones."),
]
_Limit = Annotated[int, typer.Option(min=0, help="At most so many photos, evenly over the labels; 0 takes all.")]
_Artifact = Annotated[
    Path | None, typer.Option(help=f"Model artifact's folder. Default: {artifact_name()}, exported once.")
]
_Out = Annotated[Path, typer.Option(help="Where the pictures, the summary and the logs go.")]
_Keep = Annotated[
    bool, typer.Option("--keep", help="Leave the stack up, for `fruits upload`, `status`, `refit`, `model`.")
]


def demo(
    photos: _Photos = None,
    limit: _Limit = DEFAULT_LIMIT,
    artifact: _Artifact = None,
    out: _Out = Path("build/demo"),
    keep: _Keep = False,
) -> None:
    """Deploy the template to a local cloud, upload photos, watch events turn them into rows, and fit the PCA.

    Some photos (a fifth to a quarter, at most 200) come later, when there is a model: each gets suggestions of what it
    shows, and the PCA is fitted again, incrementally. A file named SCENE--ANYTHING comes with all others of its scene.

    Example: fruits demo --photos my-photos --limit 0
    """
    from infra.cli.live import StoryViews
    from infra.cli.signals import end_as_at_ctrl_c
    from infra.demo import story  # Spark, boto3 and plots: only for this command

    console = Console()
    end_as_at_ctrl_c()
    with show_errors(), show_steps(console) as steps:
        settings = story.DemoSettings(artifact or story.DEFAULT_ARTIFACT, photos, limit, out, keep=keep)
        summary = story.run(settings, steps, StoryViews(console, steps))
    _show(console, summary, out)
    if keep:
        console.print(_STAYS_UP)


def _show(console: Console, summary: dict[str, Any], out: Path) -> None:
    console.print(_rows(summary))
    _show_speed(console, summary)
    show_refits(console, summary["refits"])
    show_suggestions(console, summary["suggestions"])
    console.print(bill_table(summary["costs"], "what these runs and calls would have cost on AWS"))
    console.print(f"In {out}:")
    for name, what in _FILES.items():
        console.print(f"  {name:<16} {what}", highlight=False)


def _rows(summary: dict[str, Any]) -> Table:
    table = Table("outcome", title=f"{summary['rows']:,} rows for {summary['uploads']:,} uploads", min_width=32)
    table.add_column("photos", justify="right")
    table.add_row("features", f"{summary['features']:,}")
    for code, count in summary["rejections"].items():
        table.add_row(f"rejected: {code}", f"{count:,}")
    table.add_row("lost", str(summary["lost"]))
    table.add_row("duplicated", str(summary["duplicated"]))
    return table


def _show_speed(console: Console, summary: dict[str, Any]) -> None:
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
