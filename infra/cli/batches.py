"""`fruits batches`, `fruits batch`: the batches of a stack, and one of them with its photos and runs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options
from infra.ops.group_by import GroupBy

if TYPE_CHECKING:
    from chalicelib.domain.records import Batch
    from infra.ops.batch_words import Group


@takes_stack_options
def batches(
    where: StackOptions,
    last: Annotated[int, typer.Option(min=0, help="The latest so many; 0 for all.")] = 20,
    waiting: Annotated[bool, typer.Option("--open", help="Only those that somebody waits for.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the batches of a stack, the latest last. A batch is the photos of one manifest, which one run works on.

    Example: fruits batches --open
    """
    from chalicelib.domain.states import OPEN, BatchState
    from infra.ops import documents

    with show_errors():
        found = where.open_pipeline().batches()
    if waiting:
        found = [one for one in found if one.state in OPEN | {BatchState.QUARANTINED} or one.counts.get("quarantined")]
    if as_json:
        print_json({"batches": [documents.of_batch(one) for one in found[-last:]]})
        return
    Console(highlight=False).print(_table(found[-last:]) if found else "There are no such batches.")


@takes_stack_options
def batch(
    where: StackOptions,
    batch_id: Annotated[str, typer.Argument(metavar="ID", help="A batch: `fruits batches` lists them.")],
    photos: Annotated[bool, typer.Option("--photos", help="Each of its photos too, by key: personal data.")] = False,
    by: Annotated[GroupBy | None, typer.Option(help="Its photos without features, by owner or prefix of key.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one batch: its state and why it waits, its photos by outcome, its runs, its manifest, what to do next.

    Example: fruits batch 20261124T080000-0a1b2c3d --photos
    Example: fruits batch 20261124T080000-0a1b2c3d --by owner
    """
    from datetime import UTC, datetime

    from infra.ops import batch_words, documents

    with show_errors():
        pipeline = where.open_pipeline()
        found = pipeline.batch(batch_id)
        listed = list(batch_words.photos_of(pipeline, found)) if photos or by else []
    groups = batch_words.groups(listed, by) if by else []
    words = {"why": batch_words.why(found, datetime.now(UTC)), "next": batch_words.next_step(found)}
    if as_json:
        entries = [dict(zip(("photo_id", "key", "outcome"), one, strict=True)) for one in listed]
        more = ({"entries": entries} if photos else {}) | ({"groups": [asdict(one) for one in groups]} if by else {})
        print_json({**documents.of_batch(found), **words, **more})
        return
    console = Console(highlight=False)
    _show(console, found, words, listed if photos else [])
    if by:
        console.print(_groups(groups, by))


def _table(found: "Sequence[Batch]") -> Table:
    from infra.cli.live import moment

    table = Table(Column("batch", overflow="fold"), "state", "made", "photos", "outcomes", "runs", "reason")
    for one in found:
        facts = (one.state.value, moment(one.created_at), f"{one.photos:,}", _outcomes(one), str(len(one.runs)))
        table.add_row(one.batch_id, *facts, one.reason)
    return table


def _groups(groups: "Sequence[Group]", by: GroupBy) -> Table:
    table = Table(Column(by.value, overflow="fold"), "outcome", "photos", "of", title="photos without features")
    for one in groups:
        table.add_row(escape(one.group), one.outcome, f"{one.photos:,}", f"{one.of:,}")
    return table


def _outcomes(one: "Batch") -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(one.counts.items()))


def _show(console: Console, one: "Batch", words: dict[str, str], listed: list[tuple[str, str, str]]) -> None:
    from infra.cli.live import vcpu_hours
    from infra.ops.documents import text

    table = Table(Column(no_wrap=True), Column(overflow="fold"), title=f"batch {one.batch_id}", show_header=False)
    table.add_row("state", one.state.value)
    table.add_row("why", words["why"])
    table.add_row("what to do", words["next"])
    table.add_row("made", text(one.created_at))
    table.add_row("photos", f"{one.photos:,}, {one.size_bytes:,} bytes")
    table.add_row("outcomes", _outcomes(one) or "none yet")
    table.add_row("manifest", one.manifest_uri or "not written yet")
    for run in one.runs:
        hours = vcpu_hours(run.billed)
        billed = f", {hours} vCPU-h" if hours else ""
        table.add_row(f"run {run.attempt}", f"{run.run_id} {run.state}, asked for {text(run.started_at)}{billed}")
    console.print(table)
    for entry in listed:
        console.print("  ".join(entry), markup=False, soft_wrap=True)
