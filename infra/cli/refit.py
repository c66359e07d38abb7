"""`fruits refit`, `fruits maintain`: trigger by hand what a schedule triggers. `fruits repair`: by hand only."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.pipeline import Pipeline
    from infra.ops.scheduled_jobs import TriggerResult

_Wait = Annotated[bool, typer.Option(help="Watch the run until it has ended.")]


@takes_stack_options
def refit(
    where: StackOptions,
    full: Annotated[bool, typer.Option("--full", help="Read all rows, even if the changes would do.")] = False,
    k: Annotated[
        int | None, typer.Option(min=1, help="Components to keep. Default: as many as keep 95 % of the variance.")
    ] = None,
    standardize: Annotated[
        bool, typer.Option("--standardize", help="Divide each feature by its standard deviation.")
    ] = False,
    wait: _Wait = True,
) -> None:
    """Fit the PCA again, and show the new model and what changed. Each night a schedule does the same.

    It reads only the rows that came or went since the latest model, where it can, and says why where it cannot. If
    none did there is no run, unless you ask for one by an option. A version never changes; the pointer to the latest
    one moves forward, and photos that come after that get their suggestions from it.

    Example: fruits refit --full --k 50
    """
    from contracts.jobs.names import Kind
    from infra.cli import model_views
    from infra.ops import models

    console = Console()
    with show_errors():
        pipeline = where.open_pipeline()
        result = _trigger(console, pipeline, Kind.REFIT, payload_of(full=full, k=k, standardize=standardize))
        if not wait:
            return
        report = _watch(console, pipeline, where, result)
        published = models.open_models(pipeline.target, pipeline.stack)
        card = published.card(report.get("version") or models.LATEST)
        console.print(model_views.OUTCOMES[report["outcome"]])
        model_views.show_card(console, card, published.place, is_latest=card.version == published.latest())
        more = f"[bold]fruits model show{where.words}[/bold]"
        console.print(f"More: {more}, and [bold]--to DIR[/bold] for its pictures and the matrix")


@takes_stack_options
def maintain(
    where: StackOptions,
    again: Annotated[bool, typer.Option("--again", help="Even if it was done today.")] = False,
    wait: _Wait = True,
) -> None:
    """Compact the tables' small files and remove what is old, once a day. Each week a schedule does the same.

    Rows, models and the refit are the same before and after.

    Example: fruits maintain --again
    """
    from contracts.jobs.names import Kind
    from infra.cli import upkeep_views

    console = Console()
    with show_errors():
        pipeline = where.open_pipeline()
        result = _trigger(console, pipeline, Kind.MAINTAIN, payload_of(again=again))
        if wait:
            upkeep_views.show(console, _watch(console, pipeline, where, result))


@takes_stack_options
def repair(
    where: StackOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and change nothing.")] = False,
    wait: _Wait = True,
) -> None:
    """Leave one row of each photo, where an earlier release wrote several. Look at the plan first.

    Features stay before a final rejection, and that before one that may pass; then the latest. It is one commit.

    Example: fruits repair --plan
    """
    from datetime import UTC, datetime

    from contracts.jobs.arguments import RepairArguments
    from contracts.jobs.names import Kind
    from infra.cli import upkeep_views
    from infra.ops import one_off

    console = Console()
    with show_errors():
        pipeline = where.open_pipeline()
        arguments = RepairArguments(plan=plan).to_list()
        result = one_off.start(one_off.runner_of(pipeline), Kind.REPAIR, arguments, datetime.now(UTC))
        console.print(result.sentence(), highlight=False)
        if wait:
            report = _watch(console, pipeline, where, result)
            upkeep_views.show_repair(console, pipeline.log(result.run_id or "", "stdout") or "", report)


def payload_of(**options: Any) -> dict[str, Any]:
    """Return the options that are set: none for a person without options, as for a schedule."""
    return {name: value for name, value in options.items() if value}


def _trigger(console: Console, pipeline: "Pipeline", kind: Any, payload: dict[str, Any]) -> "TriggerResult":
    """Trigger the job, print the result, and leave with exit code 0 where there is nothing to do."""
    from infra.ops import scheduled_jobs

    result = scheduled_jobs.trigger(pipeline, kind, payload)
    console.print(result.sentence(), highlight=False)
    if result.outcome in scheduled_jobs.SETTLED:
        raise typer.Exit
    return result


def _watch(console: Console, pipeline: "Pipeline", where: StackOptions, result: "TriggerResult") -> dict[str, Any]:
    from infra.cli.live import show_run
    from infra.ops import scheduled_jobs

    try:
        with show_run(console) as shown:
            run = scheduled_jobs.wait(pipeline, result, shown)
    except KeyboardInterrupt:
        console.print(f"Nobody watches it now, but the run goes on: [bold]fruits status --watch{where.words}[/bold]")
        raise
    return pipeline.report(run.run_id)
