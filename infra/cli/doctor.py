"""`fruits doctor`: one small run that looks at what runs meet, and a table of what it means."""

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.errors import show_errors
from infra.cli.state import StackOptions, takes_stack_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.ops.doctor.findings import Finding, Observed, Place
    from infra.ops.pipeline import Pipeline

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@takes_stack_options
def doctor(
    where: StackOptions,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for scripts.")] = False,
    patience: Annotated[int, typer.Option(min=0, help="Seconds to wait for logs and the bill after the end.")] = 120,
    settle: Annotated[int, typer.Option(min=0, help="Seconds that the run waits for its executors, at most.")] = 60,
) -> None:
    """Look at a deployed stack by one small job run (about a cent): credentials, rights, Python, memory, logs, bill.

    The first thing after a deployment. Each line says what was found, what it means and what to do. Exit code 0: all is
    right, or worth knowing at most; 1: something must be mended.

    Example: fruits doctor --stage prod --profile work
    """
    from infra.ops.doctor import judge

    console = Console(stderr=as_json)
    with show_errors():
        pipeline = where.open_pipeline()
        missing, place = _missing_files(pipeline), _place(pipeline)
        if missing:  # a run would be paid for, and fail
            from infra.ops.doctor import service
            from infra.ops.doctor.findings import Finding

            found, observed = [Finding("files", service.files(missing, place))], None
        else:
            observed = _examine(console, pipeline, patience, settle, show=not as_json)
            found = judge.findings(observed, missing, place)
    if as_json:
        typer.echo(json.dumps(_as_dict(found, observed), default=str))
    else:
        console.print(_table(found))
        console.print(_conclusion(found, where))
    raise typer.Exit(1 if judge.must_be_mended(found) else 0)


def _examine(console: Console, pipeline: "Pipeline", patience: int, settle: int, show: bool) -> "Observed":
    from datetime import UTC, datetime

    from infra.cli.live import show_run
    from infra.ops import one_off
    from infra.ops.doctor import examine

    runner = one_off.runner_of(pipeline)
    run_id = examine.start(pipeline, runner, settle, datetime.now(UTC))
    with show_run(console) if show else nullcontext(lambda _: None) as shown:
        return examine.observe(pipeline, runner, run_id, shown, patience=patience)


def _missing_files(pipeline: "Pipeline") -> list[str]:
    from infra.emr import run_files

    return run_files.missing(pipeline.s3, pipeline.stack.artifacts_bucket, pipeline.stack.versions)


def _place(pipeline: "Pipeline") -> "Place":
    from infra.ops.doctor.findings import Place

    stack = pipeline.stack
    return Place(on_aws=pipeline.target.is_aws, architecture=stack.architecture, release=stack.release)


def _table(found: "Sequence[Finding]") -> Table:
    table = Table(
        Column("what", no_wrap=True),
        Column("found", overflow="fold", ratio=3),
        Column("", no_wrap=True),
        Column("what it means, and what to do", overflow="fold", ratio=4),
    )
    for finding in found:
        verdict = finding.verdict
        colour = _COLOURS[verdict.level]
        means = escape(verdict.meaning) + (f". [bold]{escape(verdict.to_do)}[/bold]" if verdict.to_do else "")
        table.add_row(finding.name, escape(verdict.value), f"[{colour}]{verdict.level}[/{colour}]", means)
    return table


def _conclusion(found: "Sequence[Finding]", where: StackOptions) -> str:
    counts = {level: sum(finding.verdict.level == level for finding in found) for level in _COLOURS}
    if counts["fail"]:
        return f"[red]{counts['fail']} to be mended[/red]; then again: [bold]fruits doctor{where.words}[/bold]"
    known = f", {counts['warn']} worth knowing" if counts["warn"] else ""
    return f"[green]All is right[/green]{known}. Now: [bold]fruits upload DIR --wait{where.words}[/bold]"


def _as_dict(found: "Sequence[Finding]", observed: "Observed | None") -> dict[str, Any]:
    from dataclasses import asdict

    from infra.ops.doctor import judge

    lines = [{"name": finding.name, **asdict(finding.verdict)} for finding in found]
    return {
        "right": not judge.must_be_mended(found),
        "findings": lines,
        "run": asdict(observed) if observed else None,
    }
