"""`fruits local rights`: which rights of the deployed roles were used in the local cloud, and what was refused."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.errors import show_errors
from infra.cli.state import StateDir
from infra.local import cloud

if TYPE_CHECKING:
    from infra.local.rights import RightsReport, Use


def rights(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")] = False,
    state_dir: StateDir = cloud.STATE_DIR,
) -> None:
    """Show how each statement of each role was used since the cloud is up, and the calls that were refused.

    Every call of a function and of a job run is held against the policies of its role, as on AWS. A statement that no
    call needs is one to remove, or to explain: docs/rights.md.

    Example: fruits local rights
    """
    from infra.local import rights as used

    console = Console(highlight=False)
    with show_errors():
        found = used.report(cloud.running(state_dir).target())
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
        return
    console.print(_table(found))
    for (role, action), calls in found.refused.items():
        console.print(f"[red]refused[/red] {role}: {action}, {calls:,} calls")
    needed = sum(bool(use.alone) for use in found.uses)
    console.print(f"{needed} of {len(found.uses)} statements are needed by what was done so far.")


def _table(found: "RightsReport") -> Table:
    table = Table("role", "statement", "calls", "only by it", "actions not used")
    for use in found.uses:
        table.add_row(
            use.statement.role, use.statement.sid, f"{use.calls:,}", _alone(use), ", ".join(use.unused_actions)
        )
    return table


def _alone(use: "Use") -> str:
    return f"{use.alone:,}" if use.alone else "[yellow]0[/yellow]"
