"""A month of `fruits costs`: its bill, and what the brake has counted of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from contracts.errors import GiveUp
from infra.cli.as_json import print_json
from infra.cli.state import StackOptions

if TYPE_CHECKING:
    from chalicelib.aws.spending import Day
    from infra.ops.costs.counter import Counted

_PAGE = "infra/runbooks/month-cost.md"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a person wants of a month beside its bill."""

    as_json: bool = False
    recount: bool = False
    yes: bool = False


def print_month(console: Console, where: StackOptions, month: str, now: datetime, asking: Asking) -> None:
    """Print a month's bill and counter; with `recount` the counter is written anew first."""
    from infra.cli.costs_views import bill_table, warn_of_age
    from infra.ops.costs import counter
    from infra.ops.costs.measured import month_bill

    pipeline = where.open_pipeline()
    runs = pipeline.runs()
    try:
        found = month_bill(pipeline, month, now, runs)
    except ValueError as error:
        raise GiveUp(f"--month {month}: it must be YYYY-MM, such as {now:%Y-%m}") from error
    if asking.recount:
        plan = counter.planned(pipeline, month, runs)
        ask(plan, asking.yes)
        counter.recount(pipeline, plan)
    counted = counter.look(pipeline, month, runs, now)
    if asking.as_json:
        print_json({"month": month, **found.to_dict(), "brake": counted.document()})
        return
    console.print(bill_table(found.to_dict(), f"costs of {month}, stage {pipeline.stack.stage}"))
    if not pipeline.target.is_aws:
        console.print("A local cloud bills nobody: this is what the same runs and calls cost on AWS.")
    console.print(counter_words(counted, where.words))
    warn_of_age(console, found.prices)


def ask(plan: "Sequence[tuple[Day, Day]]", yes: bool) -> None:
    """Say what a recount would write, and ask; leave where the answer is no."""
    before, after = [one for one, _ in plan], [one for _, one in plan]
    forgotten = frozenset().union(*(one.run_ids for one in before)) - frozenset().union(*(one.run_ids for one in after))
    typer.echo(
        f"{len(plan):,} days are counted otherwise than their bills: {sum(one.usd for one in before):.4f} USD, and by "
        f"the bills {sum(one.usd for one in after):.4f} USD; {len(forgotten):,} counted runs have no bill here.",
        err=True,
    )
    if plan and not yes:
        typer.confirm("Write these days anew?", abort=True, err=True)


def counter_words(counted: "Counted", words: str) -> str:
    """Return what the brake has counted, what the bills say, and a warning where the two disagree."""
    brake, rate = counted.brake, counted.brake.budget.usd_per_euro
    budget = f" of {brake.limit_eur:.2f} EUR" if brake.budget.limited else ""
    said = f"The brake has counted {brake.spent_eur:.4f}{budget} for {brake.month.runs:,} runs"
    unbilled = f"; {counted.unbilled:,} more have none yet" if counted.unbilled else ""
    bills = f"The bills of {counted.bills:,} runs come to {counted.bills_usd / rate:.4f} EUR{unbilled}."
    holds = f", and [red]it holds[/red]: {_PAGE}." if counted.holds else ", and does not hold."
    if counted.agrees:
        return f"{said}{holds} {bills}"
    apart = f"Counter and bills are {abs(counted.apart_usd) / rate:.2f} EUR apart"
    mend = f"{_PAGE}, cause 5: [bold]fruits costs --recount{words}[/bold]"
    return f"{said}{holds} {bills}\n[yellow]{apart}[/yellow], more than late bills explain: {mend}"
