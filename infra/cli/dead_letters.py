"""`fruits dead-letters`: the messages that nobody could read, without what they hold."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from infra.cli.as_json import AsJson, print_json
from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from infra.ops.dead_letters import DeadLetter

AtMost = Annotated[int, typer.Option(min=1, help="Look at no more messages than so many.")]


@takes_stack_options
def dead_letters(
    where: StackOptions,
    at_most: AtMost = 1000,
    discard: Annotated[bool, typer.Option("--discard", help="Delete what nobody can read, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how many dead letters there are, how old they are, why, and their shape: never a key, an address or a body.

    `readable` is a message in which nothing is wrong: `fruits redrive --dead-letters` sends it again. Any other word is
    why nobody can read it (infra/runbooks/dead-letters.md); where it was the event of a photo, `fruits reconcile` finds
    that photo: before --discard, please. Exit code 1: there are dead letters, after --discard too.

    Example: fruits dead-letters
    """
    from infra.ops.dead_letters import READABLE, of_stack

    gone = None
    with show_errors():
        letters = of_stack(where.open_pipeline())
        found = letters.look(at_most)
        if not as_json:
            Console(highlight=False).print(_table(found) if found else "There are no dead letters.")
        unreadable = sum(one.outcome != READABLE for one in found)
        if discard and (yes or typer.confirm(f"Delete the {unreadable:,} that nobody can read?", abort=True, err=True)):
            gone = letters.discard_unreadable(at_most)["discarded"]
    if as_json:
        print_json({"dead_letters": [one.document() for one in found], "discarded": gone})
    elif gone is not None:
        typer.echo(f"{gone:,} messages are deleted.")
    if len(found) > (gone or 0):
        raise typer.Exit(1)


def _table(found: "list[DeadLetter]") -> Table:
    from infra.cli.live import moment

    columns = ("outcome", "messages", "oldest", "newest", "bytes", Column("members", overflow="fold"))
    table = Table(*columns, title="dead letters")
    for (outcome, members), number in Counter((one.outcome, one.shape.members) for one in found).most_common():
        alike = [one for one in found if (one.outcome, one.shape.members) == (outcome, members)]
        times, sizes = [one.sent_at for one in alike], sorted({one.shape.size_bytes for one in alike})
        size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
        table.add_row(outcome, f"{number:,}", moment(min(times)), moment(max(times)), size, ", ".join(members))
    return table
