"""The picture of `fruits status`: what needs a person first, then the states."""

from rich.console import Group, RenderableType
from rich.table import Column, Table

from infra.cli.live import moment, states
from infra.ops.health.health import Health, concerns


def health_picture(health: Health, words: str) -> RenderableType:
    """Return a stack's health as tables. `words`: the options of a command that mean the stack."""
    parts: list[RenderableType] = []
    if health.alarms:
        parts.append(_alarms(health))
    found = list(concerns(health))
    if found:
        table = Table(*(Column(name, overflow="fold") for name in ("needs a person", "then", "page")))
        for one in found:
            table.add_row(f"[red]{one.says}[/red]", f"{one.then}{words}", one.page)
        parts.append(table)
    if not health.needs_a_person:
        parts.append("[green]No alarm rings, and nothing holds photos.[/green]")
    note = health.note
    return Group(*parts, states(health.state), *([note] if note else []))


def _alarms(health: Health) -> Table:
    table = Table(Column("alarm that rings", overflow="fold"), "since (UTC)", Column("page", overflow="fold"))
    for one in health.alarms:
        table.add_row(f"[red]{one.name}[/red]", moment(one.since), one.page)
    return table
