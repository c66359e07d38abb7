"""`fruits release`: the brake of the month's budget, let go by a person."""

from typing import Annotated

import typer
from rich.console import Console

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options


@takes_stack_options
def release(
    where: StackOptions,
    until: Annotated[float | None, typer.Option(min=0, help="EUR that this month's runs may cost.")] = None,
) -> None:
    """Let batches go on that the month's budget holds, up to an amount; by default once more the budget.

    It is for this month alone, and is written down: when, and until which amount. No photo is lost by waiting.

    Example: fruits release --until 15
    """
    from datetime import UTC, datetime

    from infra.ops.costs import brake

    console = Console()
    with show_errors():
        found = brake.release(where.open_pipeline(), until, datetime.now(UTC))
        console.print(
            f"{found.spent_eur:.2f} EUR are spent on runs this month; they go on up to {found.limit_eur:.2f} EUR. "
            f"`submit` sees it within a minute: [bold]fruits status --watch{where.words}[/bold]"
        )
