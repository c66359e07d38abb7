"""`fruits status`: whether a stack needs a person, and the states of its photos, batches and runs."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.health.health import Health
    from infra.ops.pipeline import Pipeline


@takes_stack_options
def status(
    where: StackOptions,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until nothing is left to do, or Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which alarms ring and what holds photos, each with its runbook; and photos, batches and job runs by state.

    Exit code 1: an alarm rings, or something else needs a person. With --watch it is 0 once nothing is left to do.

    Example: fruits status --watch
    """
    from infra.cli.health_views import health_picture
    from infra.ops.documents import of_health
    from infra.ops.health import reading

    console = Console(highlight=False)
    with show_errors():
        pipeline = where.open_pipeline()
        if watch:
            _watch(console, pipeline, where.words)
            return
        health = reading.look(pipeline, pipeline.state(), datetime.now(UTC))
    if as_json:
        print_json(of_health(health))
    else:
        console.print(health_picture(health, where.words))
    if health.needs_a_person:
        raise typer.Exit(1)


def _watch(console: Console, pipeline: "Pipeline", words: str) -> None:
    from infra.cli.health_views import health_picture
    from infra.cli.live import show_live, summary
    from infra.ops.health import reading

    def draw(seen: "Health") -> RenderableType:
        return health_picture(seen, words)

    def line(seen: "Health") -> str:
        return summary(seen.state)

    with show_live(console, draw, line) as shown:
        state = pipeline.state()
        wanted = state.registered + state.queued
        pipeline.wait(wanted, lambda state: shown(reading.look(pipeline, state, datetime.now(UTC))), jobs=True)
