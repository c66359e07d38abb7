"""How a deployment is shown: what was looked at, what would change, what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import typer
from rich.console import Console
from rich.table import Column, Table

from infra.deployment.changes import Change, Verb
from infra.deployment.checks import Check
from infra.deployment.leftovers import Leftover
from infra.deployment.plan import Plan
from infra.deployment.stack_status import Standing
from infra.ops.doctor.findings import Level

_COLOUR = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_VERBS = {Verb.ADD: "[green]+[/green]", Verb.CHANGE: "[yellow]~[/yellow]", Verb.REMOVE: "[red]-[/red]"}
_SHOWN = 40
"""Characters of a parameter's value that are shown."""


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """Show what was looked at. Leave with exit code 65 where something is wrong."""
    table = Table.grid(padding=(0, 2))
    for one in checks:
        table.add_row(f"[{_COLOUR[one.level]}]{one.level}[/]", one.name, one.seen)
        if one.advice:
            table.add_row("", "", f"[dim]{one.advice}[/dim]")
    console.print(table)
    if any(one.level is Level.FAIL for one in checks):
        console.print("[red]Nothing was deployed.[/red] Mend the lines in red, then give the same command again.")
        raise typer.Exit(65)


def show_plan(console: Console, plan: Plan) -> None:
    """Show what would change, and what it costs."""
    if plan.empty:
        console.print("\nNothing would change, but for the functions' code, which is not compared.")
        return
    if plan.adopted:
        console.print(f"\nTaken back with their data: {', '.join(plan.adopted)}")
    if plan.changes:
        console.print(_table(plan))
    for place in plan.uploads:
        console.print(f"[green]+[/green] upload {place}", soft_wrap=True)
    console.print(
        f"Cost: about {plan.first_run_usd:.3f} USD for the run of five photos; about {plan.idle_usd:.2f} USD a month "
        "while nothing is uploaded (fruits costs --what-if shows other months)."
    )
    console.print("Nothing was changed. Without --plan it is.")


def _table(plan: Plan) -> Table:
    table = Table("", "what", "type", "now", "then", title="changes", title_justify="left")
    new = plan.standing is not Standing.DEPLOYED
    for one in plan.changes:
        if not new or one.kind == "parameter":
            table.add_row(_VERBS[one.verb], one.what, one.kind, *_values(one))
    if new:  # all of them are new: their number says enough
        for kind, number in sorted(Counter(one.kind for one in plan.changes if one.kind != "parameter").items()):
            table.add_row(_VERBS[Verb.ADD], str(number), kind, "", "")
    return table


def show_result(console: Console, outcomes: Mapping[str, int] | None, words: str) -> None:
    """Show what became of the five photos, and what to do next."""
    if outcomes is not None:
        console.print("Rows: " + ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())))
    console.print(f"The stack is in place. Look into a run: [bold]fruits doctor{words}[/bold]")
    console.print(f"Then: [bold]fruits upload DIR --wait{words}[/bold], [bold]fruits refit{words}[/bold]")
    console.print(
        f"What is deployed: [bold]fruits status{words}[/bold]. Take it down: [bold]fruits destroy{words}[/bold]"
    )


def show_leftovers(console: Console, found: Sequence[Leftover]) -> None:
    """Show what is still there, and what is billed for it."""
    if not found:
        console.print("Nothing is left of it that is billed.")
        return
    table = Table(Column("what is left", no_wrap=True), "holds", "is billed")
    for one in found:
        table.add_row(one.name, one.content or one.kind.removeprefix("AWS::"), one.billed)
    console.print(table)


def _values(change: Change) -> tuple[str, str]:
    before, after = (value if len(value) <= _SHOWN else f"{value[:12]}…" for value in (change.before, change.after))
    return before, after
