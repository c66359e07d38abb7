"""`fruits reconcile`: compare bucket, ledger and table, and send lost events again."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.pipeline import Pipeline
    from infra.ops.reconciliation.findings import Reconciliation


@takes_stack_options
def reconcile(
    where: StackOptions,
    prefix: Annotated[str, typer.Option(help="Only photos whose key begins so.")] = "uploads/",
    grace: Annotated[float, typer.Option(min=0, help="Minutes that a photo may be on its way; 0 judges all.")] = 15,
    names: Annotated[int, typer.Option(min=0, help="Name at most so many photos of each finding.")] = 100,
    mend: Annotated[bool, typer.Option("--mend", help="Send the lost events again, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare bucket, ledger and table, and name what is missing where and what is extra. It changes nothing.

    It reads the whole bucket (a thousand versions a request), the whole ledger, and two columns of the table; it keeps
    about 100 bytes a photo. Exit code 1: something is missing or extra, beside events that were sent again.

    --mend sends a message of S3's shape for each photo whose event was lost: the photo is registered as if it had just
    been told of, and a message too many changes nothing.

    Example: fruits reconcile --mend
    """
    from datetime import UTC, datetime, timedelta

    from infra.ops.reconciliation.of_stack import reconcile as compare

    with show_errors():
        pipeline = where.open_pipeline()
        found = compare(pipeline, prefix, timedelta(minutes=grace), datetime.now(UTC))
        if not as_json:
            _show(Console(highlight=False), found, names, grace)
        sent = _mend(pipeline, found, yes) if mend else None
    if as_json:
        print_json(found.document(names, sent))
    elif sent is not None:
        typer.echo(f"{sent:,} events are sent: `fruits status --watch{where.words}`")
    if not found.in_order and sent != sum(found.document(0, None)[side] for side in ("missing", "extra")):
        raise typer.Exit(1)


def _mend(pipeline: "Pipeline", found: "Reconciliation", yes: bool) -> int:
    """Send the lost events after asking; return how many were sent."""
    from infra.ops.reconciliation.mend import send

    if not found.lost:
        return 0
    if not yes:
        typer.confirm(f"Send {len(found.lost):,} events again?", abort=True, err=True)
    sqs = pipeline.target.client("sqs")
    return send(sqs, pipeline.stack.uploads_queue, found.lost, pipeline.target.region)


def _show(console: Console, found: "Reconciliation", names: int, grace: float) -> None:
    from infra.ops.reconciliation.findings import MEANINGS

    table = Table("bucket", "ledger", "table", "may be on their way", "forgotten by the ledger", title="photos")
    numbers = (found.bucket, found.ledger, found.table, found.young, found.forgotten)
    table.add_row(*(f"{number:,}" for number in numbers))
    console.print(table)
    for finding, number in found.numbers.items():
        if not number:
            continue
        meaning, then = MEANINGS[finding]
        console.print(f"[bold]{finding.value}[/bold] {number:,}: {meaning}. To do: {then}")
        listed = Table(Column("photo", no_wrap=True), Column("key", overflow="fold"), Column("batch", overflow="fold"))
        for one in found.named[finding][:names]:
            listed.add_row(one.photo_id, one.key, one.batch_id or "")
        console.print(listed)
    console.print(found.conclusion(grace), markup=False)
