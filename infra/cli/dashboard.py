"""`fruits dashboard`: the stack's CloudWatch dashboard as a page and a picture."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

Out = Annotated[Path, typer.Option(help="The page: one file of HTML.")]
Png = Annotated[Path | None, typer.Option(help="A picture too.", show_default=False)]
Hours = Annotated[
    float | None, typer.Option(min=0.05, help="How far back. Default: as far as the dashboard.", show_default=False)
]


@takes_stack_options
def dashboard(
    where: StackOptions, out: Out = Path("build/dashboard.html"), png: Png = None, hours: Hours = None
) -> None:
    """Draw the stack's dashboard from its own definition and its real metrics.

    Example: fruits dashboard --png build/dashboard.png --hours 1
    """
    from datetime import UTC, datetime

    from infra.ops.dashboard import page, picture, reading

    with show_errors():
        target = where.target()
        screen = reading.look(target, where.stage, datetime.now(UTC), hours)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page.page(screen))
        if png is not None:
            picture.save(screen, png)
        typer.echo("\n".join(str(path) for path in (out, png) if path is not None))
